/* SPDX-License-Identifier: MIT */
/* collections.OrderedDict from C. */
#if !defined(Py_ODICTOBJECT_H) && !defined(Py_LIMITED_API)
#define Py_ODICTOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _odictobject PyODictObject;

PyAPI_DATA(PyTypeObject) PyODict_Type;
PyAPI_DATA(PyTypeObject) PyODictIter_Type;
PyAPI_DATA(PyTypeObject) PyODictKeys_Type;
PyAPI_DATA(PyTypeObject) PyODictItems_Type;
PyAPI_DATA(PyTypeObject) PyODictValues_Type;

PyAPI_FUNC(PyObject *) PyODict_New(void);
PyAPI_FUNC(int) PyODict_SetItem(PyObject *od, PyObject *key, PyObject *item);
PyAPI_FUNC(int) PyODict_DelItem(PyObject *od, PyObject *key);

#define PyODict_Check(object) PyObject_TypeCheck(object, &PyODict_Type)
#define PyODict_CheckExact(object) Py_IS_TYPE(object, &PyODict_Type)
#define PyODict_SIZE(dict) PyDict_GET_SIZE((dict))
#define PyODict_GetItem(dict, key) PyDict_GetItem(_PyObject_CAST(dict), key)
#define PyODict_GetItemWithError(dict, key) PyDict_GetItemWithError(_PyObject_CAST(dict), key)
#define PyODict_GetItemString(dict, key) PyDict_GetItemString(_PyObject_CAST(dict), key)
#define PyODict_Contains(dict, key) PyDict_Contains(_PyObject_CAST(dict), key)
#define PyODict_Size(dict) PyDict_Size(_PyObject_CAST(dict))

#ifdef __cplusplus
}
#endif

#endif
