/* SPDX-License-Identifier: MIT */
/* Module _abc: the state behind abc.ABCMeta.
 *
 * Each abstract base class carries an AbcData in its _abc_impl: the registered classes and two
 * caches of answers, all sets of weak references, made when first needed. One callback per
 * AbcData serves all its references: it takes a dead one out of whichever set has it. Answers
 * of the negative cache hold as long as the module's count of registrations stays the same.
 *
 * `hit` and `miss` refer weakly to the classes that were last found in the positive and in the
 * negative cache; they answer the usual run of equal questions without hashing anything. */
#include "Python.h"
#include "pycore_object.h"
#include "pycore_typeobject.h"
#include "structmember.h"
#include "ks_base.h"
#include "ks_args.h"

#define ABC_COLLECTION_FLAGS (Py_TPFLAGS_SEQUENCE | Py_TPFLAGS_MAPPING)

typedef struct AbcState {
    PyTypeObject *data_type;
    unsigned long long registrations;
} AbcState;

typedef struct AbcData {
    PyObject_HEAD
    PyObject *registry;
    PyObject *cache;
    PyObject *negative;
    PyObject *forget; /* the callback; NULL until a set is made */
    PyObject *weakrefs;
    PyObject *hit;
    PyObject *miss;
    unsigned long long negative_version;
} AbcData;

static inline AbcState *
abc_state(PyObject *module)
{
    return PyModule_GetState(module);
}

/* ---- the data object ---- */

static PyObject *
data_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return type->tp_alloc(type, 0);
}

static int
data_traverse(AbcData *data, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(data));
    Py_VISIT(data->registry);
    Py_VISIT(data->cache);
    Py_VISIT(data->negative);
    Py_VISIT(data->forget);
    Py_VISIT(data->hit);
    Py_VISIT(data->miss);
    return 0;
}

static int
data_clear(AbcData *data)
{
    Py_CLEAR(data->hit);
    Py_CLEAR(data->miss);
    Py_CLEAR(data->registry);
    Py_CLEAR(data->cache);
    Py_CLEAR(data->negative);
    Py_CLEAR(data->forget);
    return 0;
}

static void
data_dealloc(AbcData *data)
{
    PyTypeObject *type = Py_TYPE(data);
    PyObject_GC_UnTrack(data);
    if (data->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)data);
    (void)data_clear(data);
    type->tp_free(data);
    Py_DECREF(type);
}

static PyMemberDef data_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(AbcData, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot data_slots[] = {
    {Py_tp_doc, "Registry and caches of one abstract base class."},
    {Py_tp_new, data_new},
    {Py_tp_dealloc, data_dealloc},
    {Py_tp_traverse, data_traverse},
    {Py_tp_clear, data_clear},
    {Py_tp_members, data_members},
    {0, NULL},
};

static PyType_Spec data_spec = {
    .name = "_abc._abc_data",
    .basicsize = sizeof(AbcData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = data_slots,
};

/* The data of an abstract base class. */
static KS_NEW AbcData *
abc_data(PyObject *module, PyObject *cls)
{
    PyObject *name = KS_INTERN("_abc_impl");
    if (name == NULL)
        return NULL;
    PyObject *data = PyObject_GetAttr(cls, name);
    if (data == NULL)
        return NULL;
    if (!Py_IS_TYPE(data, abc_state(module)->data_type)) {
        PyErr_SetString(PyExc_TypeError, "_abc_impl is set to a wrong type");
        Py_DECREF(data);
        return NULL;
    }
    return (AbcData *)data;
}

/* ---- sets of weak references ---- */

/* Weak reference callback; self is a weak reference to the data object. */
static PyObject *
abc_forget(PyObject *self, PyObject *dead)
{
    PyObject *object = PyWeakref_GET_OBJECT(self);
    if (object == Py_None)
        Py_RETURN_NONE;
    KS_OWNED PyObject *keep = Py_NewRef(object);
    AbcData *data = (AbcData *)keep;
    PyObject *sets[] = {data->negative, data->cache, data->registry};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(sets); i++) {
        KS_OWNED PyObject *set = Py_XNewRef(sets[i]);
        if (set == NULL)
            continue;
        int found = PySet_Discard(set, dead);
        if (found < 0)
            return NULL;
        if (found)
            break;
    }
    Py_RETURN_NONE;
}

static PyMethodDef abc_forget_def = {"_destroy", abc_forget, METH_O, NULL};

static int
weakset_add(AbcData *data, PyObject **set, PyObject *object)
{
    if (data->forget == NULL) {
        KS_OWNED PyObject *self = PyWeakref_NewRef((PyObject *)data, NULL);
        if (self == NULL)
            return -1;
        data->forget = PyCFunction_New(&abc_forget_def, self);
        if (data->forget == NULL)
            return -1;
    }
    if (*set == NULL && (*set = PySet_New(NULL)) == NULL)
        return -1;
    KS_OWNED PyObject *ref = PyWeakref_NewRef(object, data->forget);
    if (ref == NULL)
        return -1;
    KS_OWNED PyObject *keep = Py_NewRef(*set);
    return PySet_Add(keep, ref);
}

/* 1 or 0; 0 also for objects that cannot be referenced weakly. What was found is left in *last,
 * unless last is NULL. */
static int
weakset_has(PyObject *set, PyObject *object, PyObject **last)
{
    if (last != NULL && *last != NULL && PyWeakref_GET_OBJECT(*last) == object)
        return 1;
    if (set == NULL || PySet_GET_SIZE(set) == 0)
        return 0;
    KS_OWNED PyObject *ref = PyWeakref_NewRef(object, NULL);
    if (ref == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    KS_OWNED PyObject *keep = Py_NewRef(set);
    int found = PySet_Contains(keep, ref);
    if (found > 0 && last != NULL)
        Py_XSETREF(*last, ks_give(&ref));
    return found;
}

static int
cache_has(AbcData *data, PyObject *cls)
{
    return weakset_has(data->cache, cls, &data->hit);
}

static int
negative_has(AbcData *data, PyObject *cls)
{
    return weakset_has(data->negative, cls, &data->miss);
}

static int
set_empty(PyObject *set)
{
    return set == NULL ? 0 : PySet_Clear(set);
}

static PyObject *
abc_reset_registry(PyObject *module, PyObject *cls)
{
    KS_OWNED PyObject *data = (PyObject *)abc_data(module, cls);
    if (data == NULL || set_empty(((AbcData *)data)->registry) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
abc_reset_caches(PyObject *module, PyObject *cls)
{
    KS_OWNED PyObject *keep = (PyObject *)abc_data(module, cls);
    AbcData *data = (AbcData *)keep;
    if (data == NULL)
        return NULL;
    Py_CLEAR(data->hit);
    Py_CLEAR(data->miss);
    if (set_empty(data->cache) < 0 || set_empty(data->negative) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
abc_dump(PyObject *module, PyObject *cls)
{
    KS_OWNED PyObject *keep = (PyObject *)abc_data(module, cls);
    AbcData *data = (AbcData *)keep;
    if (data == NULL)
        return NULL;
    return Py_BuildValue("NNNK", PySet_New(data->registry), PySet_New(data->cache),
                         PySet_New(data->negative), data->negative_version);
}

/* ---- abstract methods ---- */

/* Adds the abstract names among the class's own attributes. */
static int
abstract_add_own(PyObject *cls, PyObject *names)
{
    KS_OWNED PyObject *namespace = PyObject_GetAttr(cls, &_Py_ID(__dict__));
    if (namespace == NULL)
        return -1;
    KS_OWNED PyObject *items = PyMapping_Items(namespace);
    if (items == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        KS_OWNED PyObject *pair = PySequence_Fast(PyList_GET_ITEM(items, i),
                                                  "Iteration over items() returned an "
                                                  "item which is not iterable");
        if (pair == NULL)
            return -1;
        if (PySequence_Fast_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError,
                            "Iteration over items() returned item which size is not 2");
            return -1;
        }
        KS_OWNED PyObject *key = Py_NewRef(PySequence_Fast_GET_ITEM(pair, 0));
        KS_OWNED PyObject *value = Py_NewRef(PySequence_Fast_GET_ITEM(pair, 1));
        int abstract = _PyObject_IsAbstract(value);
        if (abstract < 0 || (abstract && PySet_Add(names, key) < 0))
            return -1;
    }
    return 0;
}

/* Adds the abstract names of one base that the class leaves abstract. */
static int
abstract_add_base(PyObject *cls, PyObject *base, PyObject *names)
{
    PyObject *found;
    if (_PyObject_LookupAttr(base, &_Py_ID(__abstractmethods__), &found) < 0)
        return -1;
    if (found == NULL)
        return 0;
    KS_OWNED PyObject *inherited = found;
    KS_OWNED PyObject *iterator = PyObject_GetIter(inherited);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *name = PyIter_Next(iterator);
        if (name == NULL)
            return PyErr_Occurred() ? -1 : 0;
        if (_PyObject_LookupAttr(cls, name, &found) < 0)
            return -1;
        if (found == NULL)
            continue;
        KS_OWNED PyObject *value = found;
        int abstract = _PyObject_IsAbstract(value);
        if (abstract < 0 || (abstract && PySet_Add(names, name) < 0))
            return -1;
    }
}

static int
abstract_compute(PyObject *cls)
{
    KS_OWNED PyObject *names = PyFrozenSet_New(NULL);
    if (names == NULL || abstract_add_own(cls, names) < 0)
        return -1;
    KS_OWNED PyObject *bases = PyObject_GetAttr(cls, &_Py_ID(__bases__));
    if (bases == NULL)
        return -1;
    if (!PyTuple_Check(bases)) {
        PyErr_SetString(PyExc_TypeError, "__bases__ is not tuple");
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++)
        if (abstract_add_base(cls, PyTuple_GET_ITEM(bases, i), names) < 0)
            return -1;
    return PyObject_SetAttr(cls, &_Py_ID(__abstractmethods__), names);
}

/* Moves the pattern matching flags that the class body asked for into the type. */
static int
abc_take_flags(PyTypeObject *type)
{
    PyObject *name = KS_INTERN("__abc_tpflags__");
    if (name == NULL)
        return -1;
    PyObject *flags = PyDict_GetItemWithError(type->tp_dict, name);
    if (flags == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyLong_CheckExact(flags))
        return 0;
    long value = PyLong_AsLong(flags);
    if (value == -1 && PyErr_Occurred())
        return -1;
    if ((value & ABC_COLLECTION_FLAGS) == ABC_COLLECTION_FLAGS) {
        PyErr_SetString(PyExc_TypeError, "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and "
                                         "Py_TPFLAGS_MAPPING");
        return -1;
    }
    type->tp_flags |= (unsigned long)value & ABC_COLLECTION_FLAGS;
    return PyDict_DelItem(type->tp_dict, name);
}

static PyObject *
abc_init(PyObject *module, PyObject *cls)
{
    if (abstract_compute(cls) < 0)
        return NULL;
    AbcState *state = abc_state(module);
    KS_OWNED PyObject *data = data_new(state->data_type, NULL, NULL);
    if (data == NULL)
        return NULL;
    ((AbcData *)data)->negative_version = state->registrations;
    PyObject *name = KS_INTERN("_abc_impl");
    if (name == NULL || PyObject_SetAttr(cls, name, data) < 0)
        return NULL;
    if (PyType_Check(cls) && abc_take_flags((PyTypeObject *)cls) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- registration ---- */

/* Gives a class and its subclasses the flag; those that cannot change or have it end the walk. */
static int
abc_spread_flag(PyTypeObject *type, unsigned long flag)
{
    if (PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE)
        || (type->tp_flags & ABC_COLLECTION_FLAGS) == flag)
        return 0;
    type->tp_flags = (type->tp_flags & ~ABC_COLLECTION_FLAGS) | flag;
    KS_OWNED PyObject *children = type->tp_subclasses == NULL
                                      ? PyList_New(0)
                                      : PyDict_Values((PyObject *)type->tp_subclasses);
    if (children == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(children); i++) {
        PyObject *child = PyWeakref_GET_OBJECT(PyList_GET_ITEM(children, i));
        if (PyType_Check(child) && abc_spread_flag((PyTypeObject *)child, flag) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
abc_register(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("_abc_register", nargs, 2, 2))
        return NULL;
    PyObject *cls = args[0], *subclass = args[1];
    if (!PyType_Check(subclass)) {
        PyErr_SetString(PyExc_TypeError, "Can only register classes");
        return NULL;
    }
    int result = PyObject_IsSubclass(subclass, cls);
    if (result != 0)
        return result < 0 ? NULL : Py_NewRef(subclass);
    result = PyObject_IsSubclass(cls, subclass);
    if (result < 0)
        return NULL;
    if (result > 0) {
        PyErr_SetString(PyExc_RuntimeError, "Refusing to create an inheritance cycle");
        return NULL;
    }
    KS_OWNED PyObject *keep = (PyObject *)abc_data(module, cls);
    AbcData *data = (AbcData *)keep;
    if (data == NULL || weakset_add(data, &data->registry, subclass) < 0)
        return NULL;
    abc_state(module)->registrations++;
    if (PyType_Check(cls)) {
        unsigned long flag = ((PyTypeObject *)cls)->tp_flags & ABC_COLLECTION_FLAGS;
        if (flag != 0 && abc_spread_flag((PyTypeObject *)subclass, flag) < 0)
            return NULL;
    }
    return Py_NewRef(subclass);
}

/* ---- the checks ---- */

/* The truth of cls.__subclasscheck__(subclass), -1 with an exception. */
static int
abc_ask(PyObject *cls, PyObject *subclass)
{
    KS_OWNED PyObject *answer = PyObject_CallMethodOneArg(cls, &_Py_ID(__subclasscheck__), subclass);
    return answer == NULL ? -1 : PyObject_IsTrue(answer);
}

static PyObject *
abc_instancecheck(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("_abc_instancecheck", nargs, 2, 2))
        return NULL;
    PyObject *cls = args[0], *instance = args[1];
    KS_OWNED PyObject *keep = (PyObject *)abc_data(module, cls);
    AbcData *data = (AbcData *)keep;
    if (data == NULL)
        return NULL;
    KS_OWNED PyObject *claimed = PyObject_GetAttr(instance, &_Py_ID(__class__));
    if (claimed == NULL)
        return NULL;
    int found = cache_has(data, claimed);
    if (found != 0)
        return found < 0 ? NULL : Py_NewRef(Py_True);
    PyObject *real = (PyObject *)Py_TYPE(instance);
    if (real == claimed) {
        if (data->negative_version == abc_state(module)->registrations) {
            found = negative_has(data, claimed);
            if (found != 0)
                return found < 0 ? NULL : Py_NewRef(Py_False);
        }
        return PyObject_CallMethodOneArg(cls, &_Py_ID(__subclasscheck__), claimed);
    }
    found = abc_ask(cls, claimed);
    if (found == 0) {
        KS_OWNED PyObject *type = Py_NewRef(real);
        return PyObject_CallMethodOneArg(cls, &_Py_ID(__subclasscheck__), type);
    }
    return found < 0 ? NULL : Py_NewRef(Py_True);
}

/* 1, 0 or -1: is subclass a subclass of a registered class? */
static int
abc_check_registry(AbcData *data, PyObject *subclass)
{
    int found = weakset_has(data->registry, subclass, NULL);
    if (found != 0 || data->registry == NULL)
        return found;
    /* The checks run any code, which may register more: walk over a copy. */
    KS_OWNED PyObject *refs = PySequence_Tuple(data->registry);
    if (refs == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(refs); i++) {
        KS_OWNED PyObject *cls = Py_NewRef(PyWeakref_GET_OBJECT(PyTuple_GET_ITEM(refs, i)));
        if (cls == Py_None)
            continue;
        found = PyObject_IsSubclass(subclass, cls);
        if (found < 0)
            return -1;
        if (found)
            return weakset_add(data, &data->cache, subclass) < 0 ? -1 : 1;
    }
    return 0;
}

/* The same for the subclasses of cls. */
static int
abc_check_children(AbcData *data, PyObject *cls, PyObject *subclass)
{
    PyObject *name = KS_INTERN("__subclasses__");
    if (name == NULL)
        return -1;
    KS_OWNED PyObject *children = PyObject_CallMethodNoArgs(cls, name);
    if (children == NULL)
        return -1;
    if (!PyList_Check(children)) {
        PyErr_SetString(PyExc_TypeError, "__subclasses__() must return a list");
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(children); i++) {
        KS_OWNED PyObject *child = Py_NewRef(PyList_GET_ITEM(children, i));
        int found = PyObject_IsSubclass(subclass, child);
        if (found < 0)
            return -1;
        if (found)
            return weakset_add(data, &data->cache, subclass) < 0 ? -1 : 1;
    }
    return 0;
}

/* 1, 0 or -1: what the class's own hook says; 2 if it has no opinion. */
static int
abc_check_hook(AbcData *data, PyObject *cls, PyObject *subclass)
{
    KS_OWNED PyObject *answer = PyObject_CallMethodOneArg(cls, &_Py_ID(__subclasshook__), subclass);
    if (answer == NULL)
        return -1;
    if (answer == Py_True)
        return weakset_add(data, &data->cache, subclass) < 0 ? -1 : 1;
    if (answer == Py_False)
        return weakset_add(data, &data->negative, subclass) < 0 ? -1 : 0;
    if (answer == Py_NotImplemented)
        return 2;
    PyErr_SetString(PyExc_AssertionError,
                    "__subclasshook__ must return either False, True, or NotImplemented");
    return -1;
}

static int
abc_check(PyObject *module, AbcData *data, PyObject *cls, PyObject *subclass)
{
    int found = cache_has(data, subclass);
    if (found != 0)
        return found;
    AbcState *state = abc_state(module);
    if (data->negative_version < state->registrations) {
        Py_CLEAR(data->miss);
        if (set_empty(data->negative) < 0)
            return -1;
        data->negative_version = state->registrations;
    }
    else {
        found = negative_has(data, subclass);
        if (found != 0)
            return found < 0 ? -1 : 0;
    }
    found = abc_check_hook(data, cls, subclass);
    if (found != 2)
        return found;
    if (PyType_IsSubtype((PyTypeObject *)subclass, (PyTypeObject *)cls))
        return weakset_add(data, &data->cache, subclass) < 0 ? -1 : 1;
    found = abc_check_registry(data, subclass);
    if (found == 0)
        found = abc_check_children(data, cls, subclass);
    if (found == 0 && weakset_add(data, &data->negative, subclass) < 0)
        return -1;
    return found;
}

static PyObject *
abc_subclasscheck(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("_abc_subclasscheck", nargs, 2, 2))
        return NULL;
    if (!PyType_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "issubclass() arg 1 must be a class");
        return NULL;
    }
    KS_OWNED PyObject *data = (PyObject *)abc_data(module, args[0]);
    if (data == NULL)
        return NULL;
    if (!PyType_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "issubclass() arg 2 must be a class");
        return NULL;
    }
    int found = abc_check(module, (AbcData *)data, args[0], args[1]);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static PyObject *
abc_cache_token(PyObject *module, PyObject *ignored)
{
    return PyLong_FromUnsignedLongLong(abc_state(module)->registrations);
}

/* ---- the module ---- */

static PyMethodDef abc_methods[] = {
    METHOD("get_cache_token", abc_cache_token, METH_NOARGS, "($module, /)",
           "A value that changes with every registration with any abstract base class."),
    METHOD("_abc_init", abc_init, METH_O, "($module, self, /)",
           "Compute the abstract methods of a new class and attach its state."),
    METHOD("_reset_registry", abc_reset_registry, METH_O, "($module, self, /)",
           "Forget the registered classes; for tests."),
    METHOD("_reset_caches", abc_reset_caches, METH_O, "($module, self, /)",
           "Forget the cached answers; for tests."),
    METHOD("_get_dump", abc_dump, METH_O, "($module, self, /)",
           "The registry, both caches and the negative cache's version; for tests."),
    METHOD("_abc_register", abc_register, METH_FASTCALL, "($module, self, subclass, /)",
           "Make subclass a virtual subclass of self."),
    METHOD("_abc_instancecheck", abc_instancecheck, METH_FASTCALL, "($module, self, instance, /)",
           "What isinstance(instance, self) answers."),
    METHOD("_abc_subclasscheck", abc_subclasscheck, METH_FASTCALL, "($module, self, subclass, /)",
           "What issubclass(subclass, self) answers."),
    {NULL, NULL, 0, NULL},
};

static int
abc_exec(PyObject *module)
{
    AbcState *state = abc_state(module);
    state->data_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &data_spec, NULL);
    return state->data_type == NULL ? -1 : 0;
}

static int
abc_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(abc_state(module)->data_type);
    return 0;
}

static int
abc_clear(PyObject *module)
{
    Py_CLEAR(abc_state(module)->data_type);
    return 0;
}

static void
abc_free(void *module)
{
    (void)abc_clear(module);
}

static PyModuleDef_Slot abc_slots[] = {
    {Py_mod_exec, abc_exec},
    {0, NULL},
};

static struct PyModuleDef abc_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_abc",
    .m_doc = "The state and the checks behind abc.ABCMeta.",
    .m_size = sizeof(AbcState),
    .m_methods = abc_methods,
    .m_slots = abc_slots,
    .m_traverse = abc_traverse,
    .m_clear = abc_clear,
    .m_free = abc_free,
};

PyMODINIT_FUNC
PyInit__abc(void)
{
    return PyModuleDef_Init(&abc_module);
}
