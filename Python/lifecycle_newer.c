/* SPDX-License-Identifier: MIT */
/* Functions of this part that later limited APIs have (3.13 to 3.15), for modules built against
 * those. The 3.11 headers do not declare them. */
#include "Python.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_base.h"

PyAPI_FUNC(PyObject *) PyImport_AddModuleRef(const char *name);
PyAPI_FUNC(int) PySys_AuditTuple(const char *event, PyObject *args);
PyAPI_FUNC(PyObject *) PySys_GetAttr(PyObject *name);
PyAPI_FUNC(PyObject *) PySys_GetAttrString(const char *name);
PyAPI_FUNC(int) PySys_GetOptionalAttr(PyObject *name, PyObject **value);
PyAPI_FUNC(int) PySys_GetOptionalAttrString(const char *name, PyObject **value);
PyAPI_FUNC(int) Py_IsFinalizing(void);
PyAPI_FUNC(uint32_t) Py_PACK_FULL_VERSION(int major, int minor, int micro, int level, int serial);
PyAPI_FUNC(uint32_t) Py_PACK_VERSION(int major, int minor);

PyObject *
PyImport_AddModuleRef(const char *name)
{
    return Py_XNewRef(PyImport_AddModule(name));
}

int
PySys_AuditTuple(const char *event, PyObject *args)
{
    if (args == NULL)
        return PySys_Audit(event, NULL);
    if (!PyTuple_Check(args)) {
        PyErr_Format(PyExc_TypeError, "expected tuple, got %.200s", Py_TYPE(args)->tp_name);
        return -1;
    }
    return PySys_Audit(event, "O", args);
}

/* 1 with a new reference in *value, 0 with NULL if there is none, -1 with an exception. */
int
PySys_GetOptionalAttr(PyObject *name, PyObject **value)
{
    *value = NULL;
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'", Py_TYPE(name)->tp_name);
        return -1;
    }
    PyObject *sysdict = _PyInterpreterState_GET()->sysdict;
    if (sysdict == NULL)
        return 0;
    *value = Py_XNewRef(PyDict_GetItemWithError(sysdict, name));
    return *value != NULL ? 1 : PyErr_Occurred() ? -1 : 0;
}

int
PySys_GetOptionalAttrString(const char *name, PyObject **value)
{
    *value = NULL;
    KS_OWNED PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? -1 : PySys_GetOptionalAttr(text, value);
}

PyObject *
PySys_GetAttr(PyObject *name)
{
    PyObject *value;
    if (PySys_GetOptionalAttr(name, &value) == 0)
        PyErr_Format(PyExc_RuntimeError, "lost sys.%U", name);
    return value;
}

PyObject *
PySys_GetAttrString(const char *name)
{
    PyObject *value;
    if (PySys_GetOptionalAttrString(name, &value) == 0)
        PyErr_Format(PyExc_RuntimeError, "lost sys.%s", name);
    return value;
}

int
Py_IsFinalizing(void)
{
    return _Py_IsFinalizing();
}

/* Numbers that compare as versions do; each part is cut to the bits it has. */
uint32_t
Py_PACK_FULL_VERSION(int major, int minor, int micro, int level, int serial)
{
    return ((uint32_t)major & 0xff) << 24 | ((uint32_t)minor & 0xff) << 16 | ((uint32_t)micro & 0xff) << 8
           | ((uint32_t)level & 0xf) << 4 | ((uint32_t)serial & 0xf);
}

uint32_t
Py_PACK_VERSION(int major, int minor)
{
    return Py_PACK_FULL_VERSION(major, minor, 0, 0, 0);
}
