/* SPDX-License-Identifier: MIT */
/* super: attribute access that starts behind a given class in the MRO of an object's type. Without
 * arguments class and object come from the calling frame: the class from the free variable
 * __class__, the object from the first argument. */
#include "Python.h"
#include "structmember.h"
#include "pycore_call.h"
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "ks_args.h"
#include "ks_object.h"

typedef struct Super {
    PyObject_HEAD
    PyTypeObject *type;     /* search behind this one; NULL before __init__ */
    PyObject *object;       /* NULL if unbound */
    PyTypeObject *obj_type; /* whose MRO is searched; NULL if unbound */
} Super;

/* ---- life ---- */

static void
super_dealloc(PyObject *self)
{
    Super *super = (Super *)self;
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(super->object);
    Py_XDECREF(super->type);
    Py_XDECREF(super->obj_type);
    Py_TYPE(self)->tp_free(self);
}

static int
super_traverse(PyObject *self, visitproc visit, void *arg)
{
    Super *super = (Super *)self;
    Py_VISIT(super->object);
    Py_VISIT(super->type);
    Py_VISIT(super->obj_type);
    return 0;
}

static PyObject *
super_repr(PyObject *self)
{
    Super *super = (Super *)self;
    const char *type_name = super->type != NULL ? super->type->tp_name : "NULL";
    if (super->obj_type != NULL)
        return PyUnicode_FromFormat("<super: <class '%s'>, <%s object>>", type_name,
                                    super->obj_type->tp_name);
    return PyUnicode_FromFormat("<super: <class '%s'>, NULL>", type_name);
}

/* ---- attribute access ---- */

/* Looks name up in the MRO behind super->type. Borrowed; NULL with or without an exception. */
static KS_BORROWED PyObject *
super_find(Super *super, PyObject *name)
{
    PyObject *mro = super->obj_type->tp_mro;
    if (mro == NULL)
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(mro), i = 0;
    while (i < count && PyTuple_GET_ITEM(mro, i) != (PyObject *)super->type)
        i++;
    for (i++; i < count; i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict;
        PyObject *found = PyDict_GetItemWithError(dict, name);
        if (found != NULL || PyErr_Occurred())
            return found;
    }
    return NULL;
}

static PyObject *
super_getattro(PyObject *self, PyObject *name)
{
    Super *super = (Super *)self;
    /* __class__ is that of the proxy itself, not what the object claims. */
    if (super->obj_type == NULL ||
        (PyUnicode_Check(name) && PyUnicode_GET_LENGTH(name) == 9 &&
         _PyUnicode_Equal(name, &_Py_ID(__class__))))
        return PyObject_GenericGetAttr(self, name);
    KS_OWNED PyObject *mro = Py_XNewRef(super->obj_type->tp_mro);
    PyObject *found = super_find(super, name);
    if (found == NULL)
        return PyErr_Occurred() ? NULL : PyObject_GenericGetAttr(self, name);
    Py_INCREF(found);
    descrgetfunc get = Py_TYPE(found)->tp_descr_get;
    if (get == NULL)
        return found;
    PyTypeObject *start = super->obj_type;
    PyObject *object = super->object == (PyObject *)start ? NULL : super->object;
    PyObject *result = get(found, object, (PyObject *)start);
    Py_DECREF(found);
    return result;
}

/* ---- construction ---- */

/* The type whose MRO counts, owned: object itself if it is a subclass of type, else its type, or
 * what its __class__ claims. NULL with TypeError. */
static KS_NEW PyTypeObject *
super_check(PyTypeObject *type, PyObject *object)
{
    if (PyType_Check(object) && PyType_IsSubtype((PyTypeObject *)object, type))
        return (PyTypeObject *)Py_NewRef(object);
    if (PyType_IsSubtype(Py_TYPE(object), type))
        return (PyTypeObject *)Py_NewRef(Py_TYPE(object));
    PyObject *claimed;
    if (_PyObject_LookupAttr(object, &_Py_ID(__class__), &claimed) < 0)
        return NULL;
    if (claimed != NULL && PyType_Check(claimed) && claimed != (PyObject *)Py_TYPE(object) &&
        PyType_IsSubtype((PyTypeObject *)claimed, type))
        return (PyTypeObject *)claimed;
    Py_XDECREF(claimed);
    PyErr_SetString(PyExc_TypeError,
                    "super(type, obj): obj must be an instance or subtype of type");
    return NULL;
}

/* The frame's first argument, which may have been moved into a cell. Borrowed. */
static KS_BORROWED PyObject *
frame_first_argument(_PyInterpreterFrame *frame, PyCodeObject *code)
{
    if (code->co_argcount == 0) {
        PyErr_SetString(PyExc_RuntimeError, "super(): no arguments");
        return NULL;
    }
    PyObject *first = _PyFrame_GetLocalsArray(frame)[0];
    /* Before MAKE_CELL ran the argument is still the object itself. */
    if (first != NULL && (_PyLocals_GetKind(code->co_localspluskinds, 0) & CO_FAST_CELL) &&
        PyCell_Check(first) && _PyInterpreterFrame_LASTI(frame) >= 0)
        first = PyCell_GET(first);
    if (first == NULL)
        PyErr_SetString(PyExc_RuntimeError, "super(): arg[0] deleted");
    return first;
}

/* The value of the frame's free variable __class__. Borrowed. */
static KS_BORROWED PyTypeObject *
frame_class(_PyInterpreterFrame *frame, PyCodeObject *code)
{
    int first_free = code->co_nlocalsplus - code->co_nfreevars;
    for (int i = first_free; i < code->co_nlocalsplus; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, i);
        if (!_PyUnicode_Equal(name, &_Py_ID(__class__)))
            continue;
        PyObject *cell = _PyFrame_GetLocalsArray(frame)[i];
        if (cell == NULL || !PyCell_Check(cell)) {
            PyErr_SetString(PyExc_RuntimeError, "super(): bad __class__ cell");
            return NULL;
        }
        PyObject *type = PyCell_GET(cell);
        if (type == NULL) {
            PyErr_SetString(PyExc_RuntimeError, "super(): empty __class__ cell");
            return NULL;
        }
        if (!PyType_Check(type)) {
            PyErr_Format(PyExc_RuntimeError, "super(): __class__ is not a type (%s)",
                         Py_TYPE(type)->tp_name);
            return NULL;
        }
        return (PyTypeObject *)type;
    }
    PyErr_SetString(PyExc_RuntimeError, "super(): __class__ cell not found");
    return NULL;
}

static int
super_from_frame(PyTypeObject **type, PyObject **object)
{
    _PyInterpreterFrame *frame = _PyThreadState_GET()->cframe->current_frame;
    while (frame != NULL && _PyFrame_IsIncomplete(frame))
        frame = frame->previous;
    if (frame == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "super(): no current frame");
        return -1;
    }
    *object = frame_first_argument(frame, frame->f_code);
    if (*object == NULL)
        return -1;
    *type = frame_class(frame, frame->f_code);
    return *type == NULL ? -1 : 0;
}

/* type NULL: take both from the frame. object NULL or None: unbound. */
static int
super_set(Super *super, PyTypeObject *type, PyObject *object)
{
    if (type == NULL && super_from_frame(&type, &object) < 0)
        return -1;
    if (object == Py_None)
        object = NULL;
    PyTypeObject *obj_type = NULL;
    if (object != NULL) {
        obj_type = super_check(type, object);
        if (obj_type == NULL)
            return -1;
    }
    Py_INCREF(type);
    Py_XINCREF(object);
    Py_XSETREF(super->type, type);
    Py_XSETREF(super->object, object);
    Py_XSETREF(super->obj_type, obj_type);
    return 0;
}

static int
super_set_args(Super *super, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs > 2) {
        PyErr_Format(PyExc_TypeError, "super() expected at most 2 arguments, got %zd", nargs);
        return -1;
    }
    PyTypeObject *type = NULL;
    if (nargs > 0) {
        if (!PyType_Check(args[0])) {
            PyErr_Format(PyExc_TypeError, "super() argument 1 must be a type, not %.50s",
                         args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
            return -1;
        }
        type = (PyTypeObject *)args[0];
    }
    return super_set(super, type, nargs > 1 ? args[1] : NULL);
}

static int
super_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "super() takes no keyword arguments");
        return -1;
    }
    return super_set_args((Super *)self, _PyTuple_ITEMS(args), PyTuple_GET_SIZE(args));
}

static PyObject *
super_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!ks_args_no_kwnames("super", kwnames))
        return NULL;
    PyObject *super = PyType_GenericAlloc((PyTypeObject *)self, 0);
    if (super != NULL && super_set_args((Super *)super, args, PyVectorcall_NARGS(nargsf)) < 0)
        Py_CLEAR(super);
    return super;
}

/* An unbound super in a class's dict binds to the instance it is read through. */
static PyObject *
super_get(PyObject *self, PyObject *object, PyObject *type)
{
    Super *super = (Super *)self;
    if (object == NULL || object == Py_None || super->object != NULL)
        return Py_NewRef(self);
    if (!Py_IS_TYPE(self, &PySuper_Type))
        return PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(self), super->type, object, NULL);
    PyTypeObject *obj_type = super_check(super->type, object);
    if (obj_type == NULL)
        return NULL;
    Super *bound = (Super *)PyType_GenericAlloc(&PySuper_Type, 0);
    if (bound == NULL) {
        Py_DECREF(obj_type);
        return NULL;
    }
    bound->type = (PyTypeObject *)Py_NewRef(super->type);
    bound->object = Py_NewRef(object);
    bound->obj_type = obj_type;
    return (PyObject *)bound;
}

/* ---- type ---- */

static PyMemberDef super_members[] = {
    {"__thisclass__", T_OBJECT, offsetof(Super, type), READONLY,
     "The class behind which the search begins."},
    {"__self__", T_OBJECT, offsetof(Super, object), READONLY,
     "The object that methods are bound to; None if there is none."},
    {"__self_class__", T_OBJECT, offsetof(Super, obj_type), READONLY,
     "The type whose MRO is searched; None if there is none."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PySuper_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "super",
    .tp_basicsize = sizeof(Super),
    .tp_dealloc = super_dealloc,
    .tp_repr = super_repr,
    .tp_getattro = super_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "super() -> super(__class__, first argument)\n"
              "super(type) -> not bound yet\n"
              "super(type, obj) -> bound; requires isinstance(obj, type)\n"
              "super(type, type2) -> bound; requires issubclass(type2, type)\n\n"
              "Access to attributes as the classes behind type in the MRO define them:\n\n"
              "class C(B):\n"
              "    def method(self, arg):\n"
              "        super().method(arg)",
    .tp_traverse = super_traverse,
    .tp_members = super_members,
    .tp_descr_get = super_get,
    .tp_init = super_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = super_vectorcall,
};
