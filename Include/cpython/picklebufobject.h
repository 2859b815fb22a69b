/* SPDX-License-Identifier: MIT */
/* pickle.PickleBuffer. The buffer that is returned belongs to the object. */
#if !defined(Py_PICKLEBUFOBJECT_H) && !defined(Py_LIMITED_API)
#define Py_PICKLEBUFOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PyPickleBuffer_Type;

PyAPI_FUNC(PyObject *) PyPickleBuffer_FromObject(PyObject *);
PyAPI_FUNC(const Py_buffer *) PyPickleBuffer_GetBuffer(PyObject *);
PyAPI_FUNC(int) PyPickleBuffer_Release(PyObject *);

#define PyPickleBuffer_Check(object) Py_IS_TYPE(object, &PyPickleBuffer_Type)

#ifdef __cplusplus
}
#endif

#endif
