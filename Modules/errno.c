/* SPDX-License-Identifier: MIT */
/* The errno module: the machine's error numbers by name, and errorcode, the names by number. */
#include "Python.h"

#include <errno.h>

#include "ks_base.h"

#define ROW(name) {#name, name},
static const struct {
    const char *name;
    int value;
} numbers[] = {
    ROW(E2BIG)
    ROW(EACCES)
    ROW(EADDRINUSE)
    ROW(EADDRNOTAVAIL)
    ROW(EADV)
    ROW(EAFNOSUPPORT)
    ROW(EAGAIN)
    ROW(EALREADY)
    ROW(EBADE)
    ROW(EBADF)
    ROW(EBADFD)
    ROW(EBADMSG)
    ROW(EBADR)
    ROW(EBADRQC)
    ROW(EBADSLT)
    ROW(EBFONT)
    ROW(EBUSY)
    ROW(ECANCELED)
    ROW(ECHILD)
    ROW(ECHRNG)
    ROW(ECOMM)
    ROW(ECONNABORTED)
    ROW(ECONNREFUSED)
    ROW(ECONNRESET)
    ROW(EDEADLOCK)
    ROW(EDEADLK)
    ROW(EDESTADDRREQ)
    ROW(EDOM)
    ROW(EDOTDOT)
    ROW(EDQUOT)
    ROW(EEXIST)
    ROW(EFAULT)
    ROW(EFBIG)
    ROW(EHOSTDOWN)
    ROW(EHOSTUNREACH)
    ROW(EIDRM)
    ROW(EILSEQ)
    ROW(EINPROGRESS)
    ROW(EINTR)
    ROW(EINVAL)
    ROW(EIO)
    ROW(EISCONN)
    ROW(EISDIR)
    ROW(EISNAM)
    ROW(EKEYEXPIRED)
    ROW(EKEYREJECTED)
    ROW(EKEYREVOKED)
    ROW(EL2HLT)
    ROW(EL2NSYNC)
    ROW(EL3HLT)
    ROW(EL3RST)
    ROW(ELIBACC)
    ROW(ELIBBAD)
    ROW(ELIBEXEC)
    ROW(ELIBMAX)
    ROW(ELIBSCN)
    ROW(ELNRNG)
    ROW(ELOOP)
    ROW(EMEDIUMTYPE)
    ROW(EMFILE)
    ROW(EMLINK)
    ROW(EMSGSIZE)
    ROW(EMULTIHOP)
    ROW(ENAMETOOLONG)
    ROW(ENAVAIL)
    ROW(ENETDOWN)
    ROW(ENETRESET)
    ROW(ENETUNREACH)
    ROW(ENFILE)
    ROW(ENOANO)
    ROW(ENOBUFS)
    ROW(ENOCSI)
    ROW(ENODATA)
    ROW(ENODEV)
    ROW(ENOENT)
    ROW(ENOEXEC)
    ROW(ENOKEY)
    ROW(ENOLCK)
    ROW(ENOLINK)
    ROW(ENOMEDIUM)
    ROW(ENOMEM)
    ROW(ENOMSG)
    ROW(ENONET)
    ROW(ENOPKG)
    ROW(ENOPROTOOPT)
    ROW(ENOSPC)
    ROW(ENOSR)
    ROW(ENOSTR)
    ROW(ENOSYS)
    ROW(ENOTBLK)
    ROW(ENOTCONN)
    ROW(ENOTDIR)
    ROW(ENOTEMPTY)
    ROW(ENOTNAM)
    ROW(ENOTRECOVERABLE)
    ROW(ENOTSOCK)
    ROW(ENOTSUP)
    ROW(ENOTTY)
    ROW(ENOTUNIQ)
    ROW(ENXIO)
    ROW(EOPNOTSUPP)
    ROW(EOVERFLOW)
    ROW(EOWNERDEAD)
    ROW(EPERM)
    ROW(EPFNOSUPPORT)
    ROW(EPIPE)
    ROW(EPROTO)
    ROW(EPROTONOSUPPORT)
    ROW(EPROTOTYPE)
    ROW(ERANGE)
    ROW(EREMCHG)
    ROW(EREMOTE)
    ROW(EREMOTEIO)
    ROW(ERESTART)
    ROW(ERFKILL)
    ROW(EROFS)
    ROW(ESHUTDOWN)
    ROW(ESOCKTNOSUPPORT)
    ROW(ESPIPE)
    ROW(ESRCH)
    ROW(ESRMNT)
    ROW(ESTALE)
    ROW(ESTRPIPE)
    ROW(ETIME)
    ROW(ETIMEDOUT)
    ROW(ETOOMANYREFS)
    ROW(ETXTBSY)
    ROW(EUCLEAN)
    ROW(EUNATCH)
    ROW(EUSERS)
    ROW(EWOULDBLOCK)
    ROW(EXDEV)
    ROW(EXFULL)
};
#undef ROW

static int
errno_exec(PyObject *module)
{
    KS_OWNED PyObject *codes = PyDict_New();
    if (codes == NULL || PyModule_AddObjectRef(module, "errorcode", codes) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(numbers); i++) {
        KS_OWNED PyObject *name = PyUnicode_InternFromString(numbers[i].name);
        KS_OWNED PyObject *value = PyLong_FromLong(numbers[i].value);
        if (name == NULL || value == NULL ||
            PyModule_AddObjectRef(module, numbers[i].name, value) < 0)
            return -1;
        /* Of two names for one number, the one that stands first gives it its name. */
        if (PyDict_SetDefault(codes, value, name) == NULL)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot errno_slots[] = {{Py_mod_exec, errno_exec}, {0, NULL}};

static struct PyModuleDef errno_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "errno",
    .m_doc = PyDoc_STR("Error numbers of the operating system, by name."),
    .m_slots = errno_slots,
};

PyMODINIT_FUNC
PyInit_errno(void)
{
    return PyModuleDef_Init(&errno_module);
}
