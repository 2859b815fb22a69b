/* SPDX-License-Identifier: MIT */
/* The syslog module.
 *
 * The C library keeps the pointer to the name that openlog() got: log_name owns its text until the
 * log is closed. Without an openlog() the name is that of the script. */
#include "Python.h"

#include <string.h>
#include <syslog.h>
#include "ks_args.h"
#include "ks_base.h"

static PyObject *log_name;
static int is_open;

/* The last part of sys.argv[0], or NULL without an exception. */
static PyObject *
script_name(void)
{
    PyObject *argv = PySys_GetObject("argv");
    if (argv == NULL || !PyList_Check(argv) || PyList_GET_SIZE(argv) < 1)
        return NULL;
    PyObject *script = PyList_GET_ITEM(argv, 0);
    if (!PyUnicode_Check(script) || PyUnicode_GET_LENGTH(script) == 0)
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(script);
    Py_ssize_t slash = PyUnicode_FindChar(script, '/', 0, length, -1);
    if (slash == -2) {
        PyErr_Clear();
        return NULL;
    }
    PyObject *name = slash < 0 ? Py_NewRef(script) : PyUnicode_Substring(script, slash + 1, length);
    if (name == NULL)
        PyErr_Clear();
    return name;
}

static PyObject *
syslog_openlog(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"ident", "logoption", "facility", NULL};
    long option = 0, facility = LOG_USER;
    PyObject *given = NULL;
    const char *text = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Ull:openlog", names, &given, &option,
                                     &facility))
        return NULL;
    PyObject *name = given != NULL ? Py_NewRef(given) : script_name();
    if (name != NULL) {
        text = PyUnicode_AsUTF8(name);
        if (text == NULL) {
            Py_DECREF(name);
            return NULL;
        }
    }
    if (PySys_Audit("syslog.openlog", "Oll", name != NULL ? name : Py_None, option, facility) < 0) {
        Py_XDECREF(name);
        return NULL;
    }
    openlog(text, (int)option, (int)facility);
    is_open = 1;
    Py_XSETREF(log_name, name);
    Py_RETURN_NONE;
}

static PyObject *
syslog_syslog(PyObject *module, PyObject *args)
{
    PyObject *message_object;
    int priority = LOG_INFO;
    if (!PyArg_ParseTuple(args, "iU;[priority,] message string", &priority, &message_object)) {
        PyErr_Clear();
        if (!PyArg_ParseTuple(args, "U;[priority,] message string", &message_object))
            return NULL;
    }
    const char *message = PyUnicode_AsUTF8(message_object);
    if (message == NULL || PySys_Audit("syslog.syslog", "is", priority, message) < 0)
        return NULL;
    if (!is_open) {
        KS_OWNED PyObject *none = PyTuple_New(0);
        KS_OWNED PyObject *opened = none != NULL ? syslog_openlog(module, none, NULL) : NULL;
        if (opened == NULL)
            return NULL;
    }
    /* Another thread may open the log under another name meanwhile. */
    KS_OWNED PyObject *name = Py_XNewRef(log_name);
    Py_BEGIN_ALLOW_THREADS
    syslog(priority, "%s", message);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *
syslog_closelog(PyObject *module, PyObject *unused)
{
    if (PySys_Audit("syslog.closelog", NULL) < 0)
        return NULL;
    if (is_open) {
        closelog();
        Py_CLEAR(log_name);
        is_open = 0;
    }
    Py_RETURN_NONE;
}

static PyObject *
syslog_setlogmask(PyObject *module, PyObject *args)
{
    long mask;
    if (!PyArg_ParseTuple(args, "l;mask for priority", &mask) ||
        PySys_Audit("syslog.setlogmask", "l", mask) < 0)
        return NULL;
    return PyLong_FromLong(setlogmask((int)mask));
}

static PyObject *
syslog_LOG_MASK(PyObject *module, PyObject *args)
{
    long priority;
    if (!PyArg_ParseTuple(args, "l:LOG_MASK", &priority))
        return NULL;
    return PyLong_FromLong(LOG_MASK(priority));
}

static PyObject *
syslog_LOG_UPTO(PyObject *module, PyObject *args)
{
    long priority;
    if (!PyArg_ParseTuple(args, "l:LOG_UPTO", &priority))
        return NULL;
    return PyLong_FromLong(LOG_UPTO(priority));
}

static PyMethodDef syslog_methods[] = {
    METHOD_PLAIN("openlog", syslog_openlog, METH_VARARGS | METH_KEYWORDS, NULL),
    METHOD_PLAIN("closelog", syslog_closelog, METH_NOARGS, NULL),
    METHOD_PLAIN("syslog", syslog_syslog, METH_VARARGS, NULL),
    METHOD_PLAIN("setlogmask", syslog_setlogmask, METH_VARARGS, NULL),
    METHOD_PLAIN("LOG_MASK", syslog_LOG_MASK, METH_VARARGS, NULL),
    METHOD_PLAIN("LOG_UPTO", syslog_LOG_UPTO, METH_VARARGS, NULL),
    {NULL, NULL, 0, NULL},
};

#define CONSTANT(name) {#name, name},
static const struct {
    const char *name;
    long value;
} syslog_constants[] = {
#include "syslog_constants.def"
};

static int
syslog_exec(PyObject *module)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(syslog_constants); i++) {
        if (PyModule_AddIntConstant(module, syslog_constants[i].name, syslog_constants[i].value) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot syslog_slots[] = {
    {Py_mod_exec, syslog_exec},
    {0, NULL},
};

static struct PyModuleDef syslog_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "syslog",
    .m_methods = syslog_methods,
    .m_slots = syslog_slots,
};

PyMODINIT_FUNC
PyInit_syslog(void)
{
    return PyModuleDef_Init(&syslog_module);
}
