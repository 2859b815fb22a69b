/* SPDX-License-Identifier: MIT */
/* Tuples whose fields have names, made from a C table. */
#ifndef Py_STRUCTSEQ_H
#define Py_STRUCTSEQ_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct PyStructSequence_Field {
    const char *name;
    const char *doc;
} PyStructSequence_Field;

typedef struct PyStructSequence_Desc {
    const char *name;
    const char *doc;
    PyStructSequence_Field *fields;
    int n_in_sequence;
} PyStructSequence_Desc;

#ifndef Py_LIMITED_API
typedef PyTupleObject PyStructSequence;
#endif

PyAPI_DATA(const char *const) PyStructSequence_UnnamedField;

#ifndef Py_LIMITED_API
PyAPI_FUNC(void) PyStructSequence_InitType(PyTypeObject *type, PyStructSequence_Desc *desc);
PyAPI_FUNC(int) PyStructSequence_InitType2(PyTypeObject *type, PyStructSequence_Desc *desc);
#endif

PyAPI_FUNC(PyTypeObject *) PyStructSequence_NewType(PyStructSequence_Desc *desc);
PyAPI_FUNC(PyObject *) PyStructSequence_New(PyTypeObject *type);
PyAPI_FUNC(void) PyStructSequence_SetItem(PyObject *, Py_ssize_t, PyObject *); /* steals item */
PyAPI_FUNC(PyObject *) PyStructSequence_GetItem(PyObject *, Py_ssize_t); /* borrowed */

#ifndef Py_LIMITED_API
#define PyStructSequence_SET_ITEM(object, index, value) PyTuple_SET_ITEM(object, index, value)
#define PyStructSequence_GET_ITEM(object, index) PyTuple_GET_ITEM(object, index)
#endif

#ifdef __cplusplus
}
#endif

#endif
