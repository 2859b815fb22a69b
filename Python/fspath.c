/* SPDX-License-Identifier: MIT */
/* os.fspath() in C: the text or bytes that stand for a path. */
#include "Python.h"
#include "pycore_object.h"
#include "ks_base.h"

PyObject *
PyOS_FSPath(PyObject *path)
{
    if (PyUnicode_Check(path) || PyBytes_Check(path))
        return Py_NewRef(path);
    KS_OWNED PyObject *method = _PyObject_LookupSpecial(path, &_Py_ID(__fspath__));
    if (method == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "expected str, bytes or os.PathLike object, not %.200s",
                         Py_TYPE(path)->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *result = PyObject_CallNoArgs(method);
    if (result == NULL)
        return NULL;
    if (!PyUnicode_Check(result) && !PyBytes_Check(result)) {
        PyErr_Format(PyExc_TypeError, "expected %.200s.__fspath__() to return str or bytes, not %.200s",
                     Py_TYPE(path)->tp_name, Py_TYPE(result)->tp_name);
        return NULL;
    }
    return ks_give(&result);
}
