/* SPDX-License-Identifier: MIT */
/* Extended attributes of files: getxattr, setxattr, removexattr, listxattr. */
#include "ks_posix.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>
#include <linux/limits.h>

typedef struct Call {
    PyObject *path, *attribute, *value;
    int flags, follow_symlinks;
} Call;

/* Lengths tried for the answer before giving up: small, the most the kernel allows, none. */
static const Py_ssize_t buffer_bytes[] = {128, XATTR_SIZE_MAX};

static PyObject *
posix_getxattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, attribute, ARG_OBJECT, 1),
        PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0), PARAM_END};
    Call call = {.follow_symlinks = 1};
    KS_PATH path = PATH_OR_FD("getxattr", "path");
    KS_PATH name = PATH_ARG("getxattr", "attribute");
    if (!ks_args_parse("getxattr", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_path_set(&name, call.attribute) ||
        !ks_fd_and_follow(&path, call.follow_symlinks) ||
        PySys_Audit("os.getxattr", "OO", path.object, name.object) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(buffer_bytes); i++) {
        PyObject *buffer = PyBytes_FromStringAndSize(NULL, buffer_bytes[i]);
        if (buffer == NULL)
            return NULL;
        char *start = PyBytes_AS_STRING(buffer);
        size_t room = (size_t)buffer_bytes[i];
        ssize_t length;
        Py_BEGIN_ALLOW_THREADS
        if (path.fd >= 0)
            length = fgetxattr(path.fd, name.text, start, room);
        else if (call.follow_symlinks)
            length = getxattr(path.text, name.text, start, room);
        else
            length = lgetxattr(path.text, name.text, start, room);
        Py_END_ALLOW_THREADS
        if (length >= 0) {
            if (length != buffer_bytes[i])
                _PyBytes_Resize(&buffer, length);
            return buffer;
        }
        Py_DECREF(buffer);
        if (errno != ERANGE)
            break;
    }
    return ks_path_error(&path);
}

static PyObject *
posix_setxattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, attribute, ARG_OBJECT, 1),
        PARAM(Call, value, ARG_OBJECT, 1), PARAM(Call, flags, ARG_INT, 0),
        PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0), PARAM_END};
    Call call = {.follow_symlinks = 1};
    KS_PATH path = PATH_OR_FD("setxattr", "path");
    KS_PATH name = PATH_ARG("setxattr", "attribute");
    Py_buffer value;
    if (!ks_args_parse("setxattr", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_path_set(&name, call.attribute) ||
        PyObject_GetBuffer(call.value, &value, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *answer = NULL;
    if (!ks_fd_and_follow(&path, call.follow_symlinks) ||
        PySys_Audit("os.setxattr", "OOy#i", path.object, name.object, value.buf, value.len,
                    call.flags) < 0)
        goto done;
    int result;
    Py_BEGIN_ALLOW_THREADS
    if (path.fd > -1)
        result = fsetxattr(path.fd, name.text, value.buf, (size_t)value.len, call.flags);
    else if (call.follow_symlinks)
        result = setxattr(path.text, name.text, value.buf, (size_t)value.len, call.flags);
    else
        result = lsetxattr(path.text, name.text, value.buf, (size_t)value.len, call.flags);
    Py_END_ALLOW_THREADS
    answer = ks_path_done(result, &path);
done:
    PyBuffer_Release(&value);
    return answer;
}

static PyObject *
posix_removexattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, attribute, ARG_OBJECT, 1),
        PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0), PARAM_END};
    Call call = {.follow_symlinks = 1};
    KS_PATH path = PATH_OR_FD("removexattr", "path");
    KS_PATH name = PATH_ARG("removexattr", "attribute");
    if (!ks_args_parse("removexattr", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_path_set(&name, call.attribute) ||
        !ks_fd_and_follow(&path, call.follow_symlinks) ||
        PySys_Audit("os.removexattr", "OO", path.object, name.object) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    if (path.fd > -1)
        result = fremovexattr(path.fd, name.text);
    else if (call.follow_symlinks)
        result = removexattr(path.text, name.text);
    else
        result = lremovexattr(path.text, name.text);
    Py_END_ALLOW_THREADS
    return ks_path_done(result, &path);
}

/* The kernel's answer: names, each ended by nul, one behind the other. */
static PyObject *
list_of_names(const char *text, ssize_t length)
{
    KS_OWNED PyObject *list = PyList_New(0);
    const char *end = text + length;
    while (list != NULL && text < end) {
        size_t bytes = strnlen(text, (size_t)(end - text));
        KS_OWNED PyObject *name = PyUnicode_DecodeFSDefaultAndSize(text, (Py_ssize_t)bytes);
        if (name == NULL || PyList_Append(list, name) < 0)
            return NULL;
        text += bytes + 1;
    }
    return ks_give(&list);
}

static PyObject *
posix_listxattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, path, ARG_OBJECT, 0),
                                     PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0), PARAM_END};
    Call call = {.path = Py_None, .follow_symlinks = 1};
    KS_PATH path = PATH_OR_FD_OR_NONE("listxattr", "path");
    if (!ks_args_parse("listxattr", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_fd_and_follow(&path, call.follow_symlinks) ||
        PySys_Audit("os.listxattr", "(O)", path.object) < 0)
        return NULL;
    const char *text = path.text != NULL ? path.text : ".";
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(buffer_bytes); i++) {
        char *buffer = PyMem_Malloc((size_t)buffer_bytes[i]);
        if (buffer == NULL)
            return PyErr_NoMemory();
        size_t room = (size_t)buffer_bytes[i];
        ssize_t length;
        Py_BEGIN_ALLOW_THREADS
        if (path.fd > -1)
            length = flistxattr(path.fd, buffer, room);
        else if (call.follow_symlinks)
            length = listxattr(text, buffer, room);
        else
            length = llistxattr(text, buffer, room);
        Py_END_ALLOW_THREADS
        int saved = errno;
        PyObject *list = length >= 0 ? list_of_names(buffer, length) : NULL;
        PyMem_Free(buffer);
        if (length >= 0)
            return list;
        errno = saved;
        if (errno != ERANGE)
            break;
    }
    return ks_path_error(&path);
}

PyMethodDef ks_xattr_methods[] = {
    METHOD("getxattr", posix_getxattr, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, attribute, *, follow_symlinks=True)",
           "The value of an extended attribute as bytes."),
    METHOD("setxattr", posix_setxattr, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, attribute, value, flags=0, *,\n         follow_symlinks=True)",
           "Set an extended attribute."),
    METHOD("removexattr", posix_removexattr, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, attribute, *, follow_symlinks=True)",
           "Remove an extended attribute."),
    METHOD("listxattr", posix_listxattr, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path=None, *, follow_symlinks=True)",
           "A list of the names of a file's extended attributes."),
    {NULL, NULL, 0, NULL},
};
