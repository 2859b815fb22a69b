/* SPDX-License-Identifier: MIT */
/* Paths as wide strings, for the path configuration: links, working directory, joining,
 * normalising. Buffers are sized in characters and include the final nul. */
#include "Python.h"
#include "osdefs.h"
#include "pycore_fileutils.h"
#include "ks_base.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

/* Decodes bytes into a caller's buffer; the length, or -1 with errno. */
static Py_ssize_t
decode_into(const char *bytes, wchar_t *buf, size_t buflen)
{
    size_t length;
    wchar_t *wide = Py_DecodeLocale(bytes, &length);
    if (wide == NULL || buflen <= length) {
        PyMem_RawFree(wide);
        errno = EINVAL;
        return -1;
    }
    memcpy(buf, wide, (length + 1) * sizeof(wchar_t));
    PyMem_RawFree(wide);
    return (Py_ssize_t)length;
}

int
_Py_wreadlink(const wchar_t *path, wchar_t *buf, size_t buflen)
{
    char *name = _Py_EncodeLocaleRaw(path, NULL);
    if (name == NULL) {
        errno = EINVAL;
        return -1;
    }
    char target[PATH_MAX + 1];
    ssize_t length = readlink(name, target, PATH_MAX);
    PyMem_RawFree(name);
    if (length < 0)
        return -1;
    target[length] = '\0';
    return (int)decode_into(target, buf, buflen);
}

wchar_t *
_Py_wrealpath(const wchar_t *path, wchar_t *resolved, size_t resolved_len)
{
    char *name = _Py_EncodeLocaleRaw(path, NULL);
    if (name == NULL) {
        errno = EINVAL;
        return NULL;
    }
    char full[PATH_MAX + 1];
    char *found = realpath(name, full);
    PyMem_RawFree(name);
    if (found == NULL || decode_into(full, resolved, resolved_len) < 0)
        return NULL;
    return resolved;
}

wchar_t *
_Py_wgetcwd(wchar_t *buf, size_t buflen)
{
    char name[PATH_MAX];
    if (getcwd(name, sizeof(name)) == NULL || decode_into(name, buf, buflen) < 0)
        return NULL;
    return buf;
}

int
_Py_isabs(const wchar_t *path)
{
    return path[0] == SEP;
}

/* *abspath_p gets raw memory, NULL if there was none. -1: the working directory is not known. */
int
_Py_abspath(const wchar_t *path, wchar_t **abspath_p)
{
    if (path[0] == L'\0' || wcscmp(path, L".") == 0) {
        wchar_t cwd[PATH_MAX + 1];
        if (_Py_wgetcwd(cwd, PATH_MAX) == NULL)
            return -1;
        *abspath_p = _PyMem_RawWcsdup(cwd);
        return 0;
    }
    if (_Py_isabs(path)) {
        *abspath_p = _PyMem_RawWcsdup(path);
        return 0;
    }
    if (path[0] == L'.' && path[1] == SEP)
        path += 2;
    wchar_t cwd[PATH_MAX + 1];
    if (_Py_wgetcwd(cwd, PATH_MAX) == NULL)
        return -1;
    *abspath_p = _Py_join_relfile(cwd, path);
    return 0;
}

/* dirname/relfile in a buffer that holds dirname already. */
static int
join_into(wchar_t *buf, size_t bufsize, const wchar_t *dirname, const wchar_t *relfile)
{
    size_t dirlen = wcslen(dirname), rellen = wcslen(relfile);
    if (rellen > 0 && _Py_isabs(relfile))
        dirlen = 0;
    int sep = dirlen > 0 && rellen > 0 && dirname[dirlen - 1] != SEP;
    if (dirlen + (size_t)sep + rellen + 1 > bufsize)
        return -1;
    if (buf != dirname)
        wmemcpy(buf, dirname, dirlen);
    if (sep)
        buf[dirlen] = SEP;
    wmemcpy(buf + dirlen + sep, relfile, rellen + 1);
    return 0;
}

wchar_t *
_Py_join_relfile(const wchar_t *dirname, const wchar_t *relfile)
{
    size_t room = wcslen(dirname) + wcslen(relfile) + 2;
    wchar_t *path = PyMem_RawMalloc(room * sizeof(wchar_t));
    if (path != NULL && join_into(path, room, dirname, relfile) < 0) {
        PyMem_RawFree(path);
        path = NULL;
    }
    return path;
}

int
_Py_add_relfile(wchar_t *dirname, const wchar_t *relfile, size_t bufsize)
{
    return join_into(dirname, bufsize, dirname, relfile);
}

size_t
_Py_find_basename(const wchar_t *filename)
{
    for (size_t i = wcslen(filename); i > 0; i--) {
        if (filename[i] == SEP)
            return i + 1;
    }
    return 0;
}

/* Normalises in place: no empty, "." or resolvable ".." parts, no slash at the end; two slashes at
 * the start stay, three or more become one. *normsize gets the new length. */
wchar_t *
_Py_normpath_and_size(wchar_t *path, Py_ssize_t size, Py_ssize_t *normsize)
{
    wchar_t *end = size >= 0 ? wmemchr(path, L'\0', (size_t)size) : NULL;
    if (end == NULL)
        end = path + (size >= 0 ? (size_t)size : wcslen(path));
    wchar_t *in = path, *out = path;
    if (in < end && *in == SEP) {
        int slashes = 0;
        while (in < end && *in == SEP)
            in++, slashes++;
        *out++ = SEP;
        if (slashes == 2)
            *out++ = SEP;
    }
    wchar_t *root = out, *floor = out; /* ".." may not climb below floor */
    while (in < end) {
        wchar_t *part = in;
        while (in < end && *in != SEP)
            in++;
        Py_ssize_t length = in - part;
        while (in < end && *in == SEP)
            in++;
        if (length == 0 || (length == 1 && part[0] == L'.'))
            continue;
        int dots = length == 2 && part[0] == L'.' && part[1] == L'.';
        if (dots && out > floor) {
            while (out > floor && *--out != SEP)
                ;
            continue;
        }
        if (dots && root != path)
            continue; /* above the root is the root */
        if (out > root)
            *out++ = SEP;
        wmemmove(out, part, (size_t)length);
        out += length;
        if (dots)
            floor = out;
    }
    if (out < end || size < 0)
        *out = L'\0';
    *normsize = out - path;
    return path;
}

wchar_t *
_Py_normpath(wchar_t *path, Py_ssize_t size)
{
    Py_ssize_t length;
    return _Py_normpath_and_size(path, size, &length);
}
