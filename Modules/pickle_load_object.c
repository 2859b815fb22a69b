/* SPDX-License-Identifier: MIT */
/* Opcodes that look names up, call something, or give an object its state. All of them run code
 * that the pickle chose. */
#include "pickle_input.h"

/* Internal, for state to go where instances keep their attributes without making a dict. */
#include "ks_type.h"
#include "pycore_dict.h"
#include "pycore_object.h"

int
ks_unpickle_protocol(Unpickler *u)
{
    const unsigned char *data = ks_unpickle_take(u, 1);
    if (data == NULL)
        return -1;
    if (*data > PICKLE_HIGHEST) {
        PyErr_Format(PyExc_ValueError, "unsupported pickle protocol: %d", *data);
        return -1;
    }
    u->protocol = *data;
    return 0;
}

/* ---- persistent ids ---- */

static int
load_by_id(Unpickler *u, PyObject *id)
{
    return id == NULL ? -1 : ks_unpickle_push(u, ks_pickle_hook_call(&u->persistent_load, id));
}

static int
no_persistent_load(Unpickler *u)
{
    return ks_unpickle_fails(u, "A load persistent id instruction was encountered,\n"
                                "but no persistent_load function was specified.");
}

int
ks_unpickle_persistent_text(Unpickler *u)
{
    if (u->persistent_load.function == NULL)
        return no_persistent_load(u);
    Py_ssize_t length = ks_unpickle_line(u, 1);
    if (length < 0)
        return -1;
    KS_OWNED PyObject *id = PyUnicode_DecodeASCII(u->line, length - 1, "strict");
    if (id == NULL && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
        return ks_unpickle_fails(u, "persistent IDs in protocol 0 must be ASCII strings");
    return load_by_id(u, id);
}

int
ks_unpickle_persistent(Unpickler *u)
{
    if (u->persistent_load.function == NULL)
        return no_persistent_load(u);
    KS_OWNED PyObject *id = ks_unpickle_pop(u);
    return load_by_id(u, id);
}

/* ---- names ---- */

PyObject *
ks_unpickle_find_class(Unpickler *u, PyObject *given_module_name, PyObject *given_name)
{
    KS_OWNED PyObject *module_name = Py_NewRef(given_module_name);
    KS_OWNED PyObject *name = Py_NewRef(given_name);
    if (PySys_Audit("pickle.find_class", "OO", module_name, name) < 0)
        return NULL;
    if (u->protocol < 3 && u->fix_imports &&
        ks_pickle_rename(u->state->name_mapping_2to3, u->state->import_mapping_2to3, "",
                         &module_name, &name) < 0)
        return NULL;
    KS_OWNED PyObject *module = PyImport_Import(module_name);
    if (module == NULL)
        return NULL;
    if (u->protocol >= 4)
        return ks_pickle_attribute(module, name, NULL);
    PyObject *found;
    if (_PyObject_LookupAttr(module, name, &found) < 0)
        return NULL;
    if (found == NULL)
        PyErr_Format(PyExc_AttributeError, "Can't get attribute %R on %R", name, module);
    return found;
}

/* find_class() as a subclass may define it. */
static KS_NEW PyObject *
find_class(Unpickler *u, PyObject *module_name, PyObject *name)
{
    if (Py_IS_TYPE(u, &ks_unpickler_type))
        return ks_unpickle_find_class(u, module_name, name);
    PyObject *args[] = {(PyObject *)u, module_name, name};
    return PyObject_VectorcallMethod(KS_INTERN("find_class"), args, 3, NULL);
}

/* Two lines: a module's name and a name in it. NULL with an exception. */
static KS_NEW PyObject *
find_by_lines(Unpickler *u, int is_ascii)
{
    PyObject *(*decode)(const char *, Py_ssize_t, const char *) =
        is_ascii ? PyUnicode_DecodeASCII : PyUnicode_DecodeUTF8;
    Py_ssize_t length = ks_unpickle_line(u, 2);
    KS_OWNED PyObject *module_name = length < 0 ? NULL : decode(u->line, length - 1, "strict");
    if (module_name == NULL || (length = ks_unpickle_line(u, 2)) < 0)
        return NULL;
    KS_OWNED PyObject *name = decode(u->line, length - 1, "strict");
    return name == NULL ? NULL : find_class(u, module_name, name);
}

int
ks_unpickle_global(Unpickler *u)
{
    return ks_unpickle_push(u, find_by_lines(u, 0));
}

int
ks_unpickle_stack_global(Unpickler *u)
{
    PyObject *const *top = u->stack + u->height;
    if (u->height - u->fence < 2 || !PyUnicode_CheckExact(top[-1]) ||
        !PyUnicode_CheckExact(top[-2])) {
        ks_unpickle_cut(u, Py_MAX(u->fence, u->height - 2));
        return ks_unpickle_fails(u, "STACK_GLOBAL requires str");
    }
    KS_OWNED PyObject *name = u->stack[--u->height];
    KS_OWNED PyObject *module_name = u->stack[--u->height];
    return ks_unpickle_push(u, find_class(u, module_name, name));
}

/* What copyreg registered for a code. */
static KS_NEW PyObject *
find_by_code(Unpickler *u, PyObject *code)
{
    PyObject *pair = PyDict_GetItemWithError(u->state->inverted_registry, code);
    if (pair == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "unregistered extension code %S", code);
        return NULL;
    }
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
        !PyUnicode_Check(PyTuple_GET_ITEM(pair, 0)) || !PyUnicode_Check(PyTuple_GET_ITEM(pair, 1))) {
        PyErr_Format(PyExc_ValueError, "_inverted_registry[%S] isn't a 2-tuple of strings", code);
        return NULL;
    }
    KS_OWNED PyObject *kept = Py_NewRef(pair);
    KS_OWNED PyObject *found = find_class(u, PyTuple_GET_ITEM(kept, 0), PyTuple_GET_ITEM(kept, 1));
    if (found == NULL || PyDict_SetItem(u->state->extension_cache, code, found) < 0)
        return NULL;
    return ks_give(&found);
}

int
ks_unpickle_extension(Unpickler *u, int size)
{
    size_t number;
    if (ks_unpickle_number(u, size, &number) < 0)
        return -1;
    if (number == 0 || number > 0x7fffffff)
        return ks_unpickle_fails(u, "EXT specifies code <= 0");
    KS_OWNED PyObject *code = PyLong_FromSize_t(number);
    if (code == NULL)
        return -1;
    PyObject *known = PyDict_GetItemWithError(u->state->extension_cache, code);
    if (known != NULL)
        return ks_unpickle_push(u, Py_NewRef(known));
    return PyErr_Occurred() ? -1 : ks_unpickle_push(u, find_by_code(u, code));
}

/* ---- calls ---- */

/* INST and OBJ: a class without arguments and without __getinitargs__ gets no __init__ either. */
static KS_NEW PyObject *
instantiate(PyObject *type, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) == 0 && PyType_Check(type)) {
        PyObject *found;
        if (_PyObject_LookupAttr(type, KS_INTERN("__getinitargs__"), &found) < 0)
            return NULL;
        if (found == NULL)
            return PyObject_CallMethodOneArg(type, KS_INTERN("__new__"), type);
        Py_DECREF(found);
    }
    return PyObject_CallObject(type, args);
}

int
ks_unpickle_inst(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    KS_OWNED PyObject *args = height < 0 ? NULL : ks_unpickle_pop_tuple(u, height);
    if (args == NULL)
        return -1;
    KS_OWNED PyObject *type = find_by_lines(u, 1);
    return type == NULL ? -1 : ks_unpickle_push(u, instantiate(type, args));
}

int
ks_unpickle_obj(Unpickler *u)
{
    Py_ssize_t height = ks_unpickle_unmark(u);
    if (height < 0)
        return -1;
    if (u->height - height < 1)
        return ks_unpickle_underflow(u);
    KS_OWNED PyObject *args = ks_unpickle_pop_tuple(u, height + 1);
    if (args == NULL)
        return -1;
    KS_OWNED PyObject *type = u->stack[--u->height];
    return ks_unpickle_push(u, instantiate(type, args));
}

int
ks_unpickle_reduce(Unpickler *u)
{
    if (!ks_unpickle_has(u, 2))
        return -1;
    KS_OWNED PyObject *args = u->stack[--u->height];
    KS_OWNED PyObject *callable = u->stack[--u->height];
    return ks_unpickle_push(u, PyObject_CallObject(callable, args));
}

static KS_COLD int
newobj_fails(Unpickler *u, const char *op, const char *part, const char *type, PyObject *wrong)
{
    PyErr_Format(u->state->unpickling_error, "%s %s argument must be %s, not %.200s", op, part,
                 type, Py_TYPE(wrong)->tp_name);
    return -1;
}

/* type.__new__(type, *args, **kwargs), without looking the method up. kwargs may be NULL. */
static int
push_newobj(Unpickler *u, const char *op, PyObject *type, PyObject *args, PyObject *kwargs)
{
    if (!PyType_Check(type))
        return newobj_fails(u, op, "class", "a type", type);
    if (((PyTypeObject *)type)->tp_new == NULL) {
        PyErr_Format(u->state->unpickling_error, "%s class argument '%.200s' doesn't have __new__",
                     op, ((PyTypeObject *)type)->tp_name);
        return -1;
    }
    if (!PyTuple_Check(args))
        return newobj_fails(u, op, "args", "a tuple", args);
    if (kwargs != NULL && !PyDict_Check(kwargs))
        return newobj_fails(u, op, "kwargs", "a dict", kwargs);
    return ks_unpickle_push(u, ((PyTypeObject *)type)->tp_new((PyTypeObject *)type, args, kwargs));
}

int
ks_unpickle_newobj(Unpickler *u)
{
    if (!ks_unpickle_has(u, 2))
        return -1;
    KS_OWNED PyObject *args = u->stack[--u->height];
    KS_OWNED PyObject *type = u->stack[--u->height];
    return push_newobj(u, "NEWOBJ", type, args, NULL);
}

int
ks_unpickle_newobj_ex(Unpickler *u)
{
    if (!ks_unpickle_has(u, 3))
        return -1;
    KS_OWNED PyObject *kwargs = u->stack[--u->height];
    KS_OWNED PyObject *args = u->stack[--u->height];
    KS_OWNED PyObject *type = u->stack[--u->height];
    return push_newobj(u, "NEWOBJ_EX", type, args, kwargs);
}

/* ---- state ---- */

/* Whether __dict__ of the type's instances is the plain one, and may stay unmade. */
static int
has_plain_dict(PyTypeObject *type)
{
    if (!_PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT) ||
        type->tp_getattro != PyObject_GenericGetAttr)
        return 0;
    PyObject *descr = _PyType_Lookup(type, KS_INTERN("__dict__"));
    return descr != NULL && Py_IS_TYPE(descr, &PyGetSetDescr_Type) &&
           ((PyGetSetDescrObject *)descr)->d_getset->get == ks_instance_get_dict;
}

/* Moves as much of the state as can be into the values of the instance itself; the rest begins at
 * *at. Whatever an old value runs when it is dropped may give the instance a dict. */
static int
state_to_values(PyObject *object, PyObject *state, Py_ssize_t *at)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *key, *value;
    if (!has_plain_dict(type))
        return 0;
    for (Py_ssize_t next = *at; PyDict_Next(state, &next, &key, &value); *at = next) {
        PyDictValues *values =
            Py_IS_TYPE(object, type) ? *_PyObject_ValuesPointer(object) : NULL;
        if (values == NULL || !PyUnicode_CheckExact(key))
            return 0;
        KS_OWNED PyObject *name = Py_NewRef(key);
        KS_OWNED PyObject *kept = Py_NewRef(value);
        PyUnicode_InternInPlace(&name);
        if (_PyObject_StoreInstanceAttribute(object, values, name, kept) < 0)
            return -1;
    }
    return 0;
}

/* Attribute names are interned, as the compiler interns those in code. */
static int
state_to_dict(Unpickler *u, PyObject *object, PyObject *state)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (!PyDict_Check(state))
        return ks_unpickle_fails(u, "state is not a dictionary");
    if (state_to_values(object, state, &at) < 0)
        return -1;
    Py_ssize_t rest = at;
    if (at != 0 && !PyDict_Next(state, &rest, &key, &value))
        return 0;
    KS_OWNED PyObject *dict = PyObject_GetAttr(object, KS_INTERN("__dict__"));
    if (dict == NULL)
        return -1;
    while (PyDict_Next(state, &at, &key, &value)) {
        KS_OWNED PyObject *name = Py_NewRef(key);
        KS_OWNED PyObject *kept = Py_NewRef(value);
        if (PyUnicode_CheckExact(name))
            PyUnicode_InternInPlace(&name);
        if (PyObject_SetItem(dict, name, kept) < 0)
            return -1;
    }
    return 0;
}

static int
state_to_slots(Unpickler *u, PyObject *object, PyObject *state)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (!PyDict_Check(state))
        return ks_unpickle_fails(u, "slot state is not a dictionary");
    while (PyDict_Next(state, &at, &key, &value)) {
        KS_OWNED PyObject *name = Py_NewRef(key);
        KS_OWNED PyObject *kept = Py_NewRef(value);
        if (PyObject_SetAttr(object, name, kept) < 0)
            return -1;
    }
    return 0;
}

int
ks_unpickle_build(Unpickler *u)
{
    if (!ks_unpickle_has(u, 2))
        return -1;
    KS_OWNED PyObject *state = u->stack[--u->height];
    KS_OWNED PyObject *object = Py_NewRef(u->stack[u->height - 1]);
    PyObject *found;
    if (_PyObject_LookupAttr(object, KS_INTERN("__setstate__"), &found) < 0)
        return -1;
    KS_OWNED PyObject *setstate = found;
    if (setstate != NULL) {
        KS_OWNED PyObject *result = PyObject_CallOneArg(setstate, state);
        return result == NULL ? -1 : 0;
    }
    PyObject *plain = state, *slots = NULL;
    if (PyTuple_Check(state) && PyTuple_GET_SIZE(state) == 2) {
        plain = PyTuple_GET_ITEM(state, 0);
        slots = PyTuple_GET_ITEM(state, 1);
    }
    if (plain != Py_None && state_to_dict(u, object, plain) < 0)
        return -1;
    return slots == NULL ? 0 : state_to_slots(u, object, slots);
}
