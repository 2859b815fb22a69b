/* SPDX-License-Identifier: MIT */
/* Type objects: made from a spec, declared statically, inherited from, asked for their slots. */
#include "capi.h"

typedef struct {
    PyObject_HEAD
    long value;
} Box;

static int live_boxes;

static PyObject *
box_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL)
        live_boxes++;
    return self;
}

static int
box_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return PyArg_ParseTuple(args, "|l", &((Box *)self)->value) ? 0 : -1;
}

static void
box_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    live_boxes--;
    type->tp_free(self);
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        Py_DECREF(type);
}

static PyObject *
box_repr(PyObject *self)
{
    return PyUnicode_FromFormat("Box(%ld)", ((Box *)self)->value);
}

static PyObject *
box_add(PyObject *left, PyObject *right)
{
    if (!PyLong_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    return PyLong_FromLong(((Box *)left)->value + PyLong_AsLong(right));
}

static Py_ssize_t
box_len(PyObject *self)
{
    return ((Box *)self)->value;
}

static PyObject *
box_item(PyObject *self, Py_ssize_t index)
{
    return PyLong_FromSsize_t(index * 10);
}

static PyObject *
box_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return Py_NewRef(args);
}

static PyObject *
box_twice(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(2 * ((Box *)self)->value);
}

static PyMethodDef box_methods[] = {
    {"twice", box_twice, METH_NOARGS, "twice($self)\n--\n\nTwo times the value."},
    {NULL},
};

static PyType_Slot box_slots[] = {
    {Py_tp_new, box_new}, {Py_tp_init, box_init}, {Py_tp_dealloc, box_dealloc},
    {Py_tp_repr, box_repr}, {Py_nb_add, box_add}, {Py_sq_length, box_len},
    {Py_sq_item, box_item}, {Py_tp_call, box_call}, {Py_tp_methods, box_methods},
    {Py_tp_doc, (void *)"A number in a box."}, {0, NULL},
};
static PyType_Spec box_spec = {"pack.Box", sizeof(Box), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, box_slots};

static PyTypeObject static_box = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "pack.StaticBox",
    .tp_basicsize = sizeof(Box),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_new = box_new,
    .tp_init = box_init,
    .tp_dealloc = box_dealloc,
    .tp_repr = box_repr,
    .tp_methods = box_methods,
    .tp_doc = "StaticBox(value=0)\n--\n\nA box.",
};

static PyObject *
with_box(const char *statements)
{
    PyObject *space = PyDict_New();
    OWN type = PyType_FromSpec(&box_spec);
    CU_ASSERT_PTR_NOT_NULL_FATAL(type);
    PyDict_SetItemString(space, "Box", type);
    PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
    OWN none = PyRun_String(statements, Py_file_input, space, space);
    if (none == NULL)
        PyErr_Print();
    CU_ASSERT_PTR_NOT_NULL_FATAL(none);
    return space;
}

TEST(spec_name_splits_module_and_name)
{
    OWN type = PyType_FromSpec(&box_spec);
    GIVES(PyObject_GetAttrString(type, "__name__"), "'Box'");
    GIVES(PyObject_GetAttrString(type, "__module__"), "'pack'");
    GIVES(PyType_GetName((PyTypeObject *)type), "'Box'");
    GIVES(PyType_GetQualName((PyTypeObject *)type), "'Box'");
}

TEST(spec_type_is_heap_type_and_ready)
{
    OWN type = PyType_FromSpec(&box_spec);
    CU_ASSERT(PyType_HasFeature((PyTypeObject *)type, Py_TPFLAGS_HEAPTYPE));
    CU_ASSERT(PyType_HasFeature((PyTypeObject *)type, Py_TPFLAGS_READY));
    CU_ASSERT_EQUAL(((PyTypeObject *)type)->tp_basicsize, sizeof(Box));
}

TEST(spec_doc_and_method_signature)
{
    OWN type = PyType_FromSpec(&box_spec);
    GIVES(PyObject_GetAttrString(type, "__doc__"), "'A number in a box.'");
    OWN method = PyObject_GetAttrString(type, "twice");
    GIVES(PyObject_GetAttrString(method, "__text_signature__"), "'($self)'");
    GIVES(PyObject_GetAttrString(method, "__doc__"), "'Two times the value.'");
}

TEST(spec_slots_reach_python)
{
    OWN space = with_box("b = Box(4)\nr = (repr(b), b + 3, len(b), b[2], b(5, 6), b.twice())\n");
    READS(ks_name(space, "r"), "('Box(4)', 7, 4, 20, (5, 6), 8)");
}

TEST(spec_slots_get_wrappers)
{
    OWN type = PyType_FromSpec(&box_spec);
    CU_ASSERT_EQUAL(PyObject_HasAttrString(type, "__radd__"), 1);
    CU_ASSERT_EQUAL(PyObject_HasAttrString(type, "__getitem__"), 1);
    CU_ASSERT_EQUAL(PyObject_HasAttrString(type, "__sub__"), 0);
}

TEST(instances_own_their_heap_type)
{
    OWN type = PyType_FromSpec(&box_spec);
    Py_ssize_t count = Py_REFCNT(type);
    PyObject *box = PyObject_CallNoArgs(type);
    CU_ASSERT_EQUAL(Py_REFCNT(type), count + 1);
    Py_DECREF(box);
    CU_ASSERT_EQUAL(Py_REFCNT(type), count);
}

TEST(dealloc_runs_once_per_instance)
{
    int before = live_boxes;
    OWN space = with_box("a = Box(1); b = Box(2)\n");
    CU_ASSERT_EQUAL(live_boxes, before + 2);
    PyDict_DelItemString(space, "a");
    CU_ASSERT_EQUAL(live_boxes, before + 1);
    PyDict_DelItemString(space, "b");
    CU_ASSERT_EQUAL(live_boxes, before);
}

TEST(python_subclass_overrides_slot)
{
    OWN space = with_box("class Sub(Box):\n def __len__(self): return 9\n"
                         "s = Sub(4)\nr = (len(s), s + 1, repr(s))\n");
    READS(ks_name(space, "r"), "(9, 5, 'Box(4)')");
    CU_ASSERT_EQUAL(PySequence_Size(ks_name(space, "s")), 9);
}

TEST(python_subclass_gets_dict_and_weakrefs)
{
    OWN space = with_box("class Sub(Box): pass\ns = Sub(1)\ns.x = 5\n");
    PyTypeObject *type = (PyTypeObject *)ks_name(space, "Sub");
    CU_ASSERT(type->tp_basicsize > (Py_ssize_t)sizeof(Box));
    CU_ASSERT(type->tp_weaklistoffset > 0);
    GIVES(PyObject_GetAttrString(ks_name(space, "s"), "x"), "5");
}

TEST(python_subclass_slot_is_removable)
{
    OWN space = with_box("class Sub(Box):\n def __add__(self, o): return 'mine'\n"
                         "s = Sub(4)\na = s + 1\ndel Sub.__add__\nb = s + 1\n");
    READS(ks_name(space, "a"), "'mine'");
    READS(ks_name(space, "b"), "5");
}

TEST(assigning_to_class_updates_slot)
{
    OWN space = with_box("class Sub(Box): pass\nSub.__call__ = lambda self: 'called'\nr = Sub()()\n");
    READS(ks_name(space, "r"), "'called'");
}

TEST(get_slot_returns_function)
{
    OWN type = PyType_FromSpec(&box_spec);
    CU_ASSERT_PTR_EQUAL(PyType_GetSlot((PyTypeObject *)type, Py_nb_add), box_add);
    CU_ASSERT_PTR_EQUAL(PyType_GetSlot((PyTypeObject *)type, Py_sq_length), box_len);
    CU_ASSERT_PTR_NULL(PyType_GetSlot((PyTypeObject *)type, Py_nb_subtract));
}

TEST(get_slot_rejects_bad_number)
{
    NULL_WITH(PyType_GetSlot(&PyLong_Type, -3), PyExc_SystemError, NULL);
}

TEST(get_slot_of_static_type)
{
    CU_ASSERT_PTR_EQUAL(PyType_GetSlot(&PyLong_Type, Py_tp_new), PyLong_Type.tp_new);
    CU_ASSERT_PTR_EQUAL(PyType_GetSlot(&PyList_Type, Py_mp_subscript),
                        PyList_Type.tp_as_mapping->mp_subscript);
}

TEST(spec_with_base)
{
    OWN base = PyType_FromSpec(&box_spec);
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {"pack.Derived", 0, 0, Py_TPFLAGS_DEFAULT, slots};
    OWN type = PyType_FromSpecWithBases(&spec, base);
    CU_ASSERT_PTR_NOT_NULL_FATAL(type);
    CU_ASSERT_EQUAL(((PyTypeObject *)type)->tp_basicsize, sizeof(Box));
    CU_ASSERT_EQUAL(PyType_IsSubtype((PyTypeObject *)type, (PyTypeObject *)base), 1);
    OWN box = PyObject_CallNoArgs(type);
    READS(box, "Box(0)");
}

TEST(spec_base_slot)
{
    PyType_Slot slots[] = {{Py_tp_base, &PyList_Type}, {0, NULL}};
    PyType_Spec spec = {"pack.MyList", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    OWN type = PyType_FromSpec(&spec);
    CU_ASSERT_PTR_NOT_NULL_FATAL(type);
    CU_ASSERT_PTR_EQUAL(((PyTypeObject *)type)->tp_base, &PyList_Type);
    CU_ASSERT(PyType_FastSubclass((PyTypeObject *)type, Py_TPFLAGS_LIST_SUBCLASS));
    CU_ASSERT(PyType_IS_GC((PyTypeObject *)type));
}

TEST(spec_base_that_is_final)
{
    PyType_Slot slots[] = {{Py_tp_base, &PyBool_Type}, {0, NULL}};
    PyType_Spec spec = {"pack.MyBool", 0, 0, Py_TPFLAGS_DEFAULT, slots};
    NULL_WITH(PyType_FromSpec(&spec), PyExc_TypeError,
              "type 'bool' is not an acceptable base type");
}

TEST(spec_bad_slot_number)
{
    PyType_Slot slots[] = {{4000, box_new}, {0, NULL}};
    PyType_Spec spec = {"pack.Bad", sizeof(Box), 0, Py_TPFLAGS_DEFAULT, slots};
    NULL_WITH(PyType_FromSpec(&spec), PyExc_RuntimeError, "invalid slot offset");
}

TEST(spec_without_new_inherits_object_new)
{
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {"pack.Plain", sizeof(Box), 0, Py_TPFLAGS_DEFAULT, slots};
    OWN type = PyType_FromSpec(&spec);
    OWN instance = PyObject_CallNoArgs(type);
    CU_ASSERT_PTR_NOT_NULL(instance);
    CU_ASSERT_PTR_EQUAL(((PyTypeObject *)type)->tp_new, PyBaseObject_Type.tp_new);
}

TEST(disallow_instantiation_flag)
{
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {"pack.Sealed", sizeof(Box), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    OWN type = PyType_FromSpec(&spec);
    NULL_WITH(PyObject_CallNoArgs(type), PyExc_TypeError, "cannot create 'pack.Sealed' instances");
}

TEST(immutable_flag)
{
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {"pack.Fixed", sizeof(Box), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots};
    OWN type = PyType_FromSpec(&spec);
    MINUS_WITH(PyObject_SetAttrString(type, "x", Py_None), PyExc_TypeError,
               "cannot set 'x' attribute of immutable type 'pack.Fixed'");
}

TEST(heap_type_attributes_are_settable)
{
    OWN type = PyType_FromSpec(&box_spec);
    CU_ASSERT_EQUAL(PyObject_SetAttrString(type, "x", Py_True), 0);
    GIVES(PyObject_GetAttrString(type, "x"), "True");
}

TEST(static_type_ready)
{
    CU_ASSERT_EQUAL(PyType_Ready(&static_box), 0);
    CU_ASSERT_EQUAL(PyType_Ready(&static_box), 0);
    CU_ASSERT_PTR_EQUAL(static_box.tp_base, &PyBaseObject_Type);
    CU_ASSERT_PTR_EQUAL(Py_TYPE(&static_box), &PyType_Type);
    CU_ASSERT_PTR_EQUAL(static_box.tp_getattro, PyObject_GenericGetAttr);
    CU_ASSERT_PTR_EQUAL(static_box.tp_alloc, PyType_GenericAlloc);
}

TEST(static_type_text_signature)
{
    CU_ASSERT_EQUAL(PyType_Ready(&static_box), 0);
    GIVES(PyObject_GetAttrString((PyObject *)&static_box, "__text_signature__"), "'(value=0)'");
    GIVES(PyObject_GetAttrString((PyObject *)&static_box, "__doc__"), "'A box.'");
}

TEST(static_type_instances)
{
    CU_ASSERT_EQUAL(PyType_Ready(&static_box), 0);
    int before = live_boxes;
    PyObject *box = PyObject_CallFunction((PyObject *)&static_box, "i", 12);
    READS(box, "Box(12)");
    GIVES(PyObject_CallMethod(box, "twice", NULL), "24");
    Py_DECREF(box);
    CU_ASSERT_EQUAL(live_boxes, before);
}

TEST(static_type_is_immutable)
{
    CU_ASSERT_EQUAL(PyType_Ready(&static_box), 0);
    MINUS_WITH(PyObject_SetAttrString((PyObject *)&static_box, "x", Py_None), PyExc_TypeError,
               "cannot set 'x' attribute of immutable type 'pack.StaticBox'");
}

TEST(static_type_subclass_in_python)
{
    CU_ASSERT_EQUAL(PyType_Ready(&static_box), 0);
    OWN bases = PyTuple_Pack(1, &static_box);
    OWN type = PyObject_CallFunction((PyObject *)&PyType_Type, "sO{}", "Sub", bases);
    CU_ASSERT_PTR_NOT_NULL_FATAL(type);
    GIVES(PyObject_CallFunction(type, "i", 3), "Box(3)");
}

TEST(static_type_subclasses_are_listed)
{
    CU_ASSERT_EQUAL(PyType_Ready(&static_box), 0);
    OWN bases = PyTuple_Pack(1, &static_box);
    OWN type = PyObject_CallFunction((PyObject *)&PyType_Type, "sO{}", "Listed", bases);
    OWN listed = PyObject_CallMethod((PyObject *)&static_box, "__subclasses__", NULL);
    CU_ASSERT_EQUAL(PySequence_Contains(listed, type), 1);
}

TEST(is_subtype_follows_mro)
{
    CU_ASSERT_EQUAL(PyType_IsSubtype(&PyBool_Type, &PyLong_Type), 1);
    CU_ASSERT_EQUAL(PyType_IsSubtype(&PyLong_Type, &PyBool_Type), 0);
    CU_ASSERT_EQUAL(PyType_IsSubtype(&PyLong_Type, &PyBaseObject_Type), 1);
}

TEST(get_flags)
{
    CU_ASSERT(PyType_GetFlags(&PyLong_Type) & Py_TPFLAGS_LONG_SUBCLASS);
    CU_ASSERT(!(PyType_GetFlags(&PyBool_Type) & Py_TPFLAGS_BASETYPE));
    CU_ASSERT(PyType_GetFlags(&PyDict_Type) & Py_TPFLAGS_MAPPING);
    CU_ASSERT(PyType_GetFlags(&PyList_Type) & Py_TPFLAGS_SEQUENCE);
}

TEST(modified_drops_cached_attribute)
{
    OWN space = ks_exec("class A:\n x = 1\n");
    PyTypeObject *type = (PyTypeObject *)ks_name(space, "A");
    GIVES(PyObject_GetAttrString((PyObject *)type, "x"), "1");
    OWN two = PyLong_FromLong(2);
    CU_ASSERT_EQUAL(PyDict_SetItemString(type->tp_dict, "x", two), 0);
    PyType_Modified(type);
    GIVES(PyObject_GetAttrString((PyObject *)type, "x"), "2");
}

TEST(type_cache_clear_keeps_lookups_right)
{
    OWN space = ks_exec("class A:\n x = 1\n");
    PyType_ClearCache();
    GIVES(PyObject_GetAttrString(ks_name(space, "A"), "x"), "1");
}

TEST(from_module_and_spec_keeps_module)
{
    OWN module = PyModule_New("holder");
    PyType_Slot slots[] = {{0, NULL}};
    PyType_Spec spec = {"holder.T", sizeof(Box), 0, Py_TPFLAGS_DEFAULT, slots};
    OWN type = PyType_FromModuleAndSpec(module, &spec, NULL);
    CU_ASSERT_PTR_EQUAL(PyType_GetModule((PyTypeObject *)type), module);
    CU_ASSERT_PTR_NULL(PyType_GetModuleState((PyTypeObject *)type));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(get_module_without_module)
{
    OWN type = PyType_FromSpec(&box_spec);
    CU_ASSERT_PTR_NULL(PyType_GetModule((PyTypeObject *)type));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "PyType_GetModule: Type 'pack.Box' has no associated module"));
    CU_ASSERT_PTR_NULL(PyType_GetModule(&PyLong_Type));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "PyType_GetModule: Type 'int' is not a heap type"));
}

TEST(generic_alloc_zeroes_and_tracks)
{
    OWN space = ks_exec("class A: pass\n");
    PyTypeObject *type = (PyTypeObject *)ks_name(space, "A");
    Py_ssize_t count = Py_REFCNT(type);
    PyObject *object = PyType_GenericAlloc(type, 0);
    CU_ASSERT_EQUAL(Py_REFCNT(object), 1);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(object), 1);
    CU_ASSERT_EQUAL(Py_REFCNT(type), count + 1);
    Py_DECREF(object);
    CU_ASSERT_EQUAL(Py_REFCNT(type), count);
}

TEST(generic_new_uses_alloc)
{
    OWN object = PyType_GenericNew(&PyBaseObject_Type, NULL, NULL);
    CU_ASSERT_PTR_EQUAL(Py_TYPE(object), &PyBaseObject_Type);
}

TEST(layout_conflict)
{
    NULL_WITH(PyRun_String("type('X', (int, list), {})", Py_eval_input, PyEval_GetBuiltins(),
                           PyEval_GetBuiltins()),
              PyExc_TypeError, "multiple bases have instance lay-out conflict");
}

TEST(mro_conflict)
{
    OWN space = ks_exec("class A: pass\nclass B(A): pass\n");
    NULL_WITH(PyRun_String("type('X', (A, B), {})", Py_eval_input, space, space), PyExc_TypeError,
              "Cannot create a consistent method resolution\norder (MRO) for bases A, B");
}

TEST(set_name_and_init_subclass_run)
{
    OWN space = ks_exec("log = []\nclass D:\n def __set_name__(s, o, n): log.append(n)\n"
                        "class B:\n def __init_subclass__(c, **k): log.append(k)\n"
                        "class C(B, tag=3):\n d = D()\n");
    READS(ks_name(space, "log"), "['d', {'tag': 3}]");
}

static PyObject *
make_class(void)
{
    return PyObject_CallFunction((PyObject *)&PyType_Type, "s(){}", "Made");
}

TEST(new_class_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_class) >= 3);
}

void
add_type_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_spec_name_splits_module_and_name);
    CU_ADD_TEST(suite, test_spec_type_is_heap_type_and_ready);
    CU_ADD_TEST(suite, test_spec_doc_and_method_signature);
    CU_ADD_TEST(suite, test_spec_slots_reach_python);
    CU_ADD_TEST(suite, test_spec_slots_get_wrappers);
    CU_ADD_TEST(suite, test_instances_own_their_heap_type);
    CU_ADD_TEST(suite, test_dealloc_runs_once_per_instance);
    CU_ADD_TEST(suite, test_python_subclass_overrides_slot);
    CU_ADD_TEST(suite, test_python_subclass_gets_dict_and_weakrefs);
    CU_ADD_TEST(suite, test_python_subclass_slot_is_removable);
    CU_ADD_TEST(suite, test_assigning_to_class_updates_slot);
    CU_ADD_TEST(suite, test_get_slot_returns_function);
    CU_ADD_TEST(suite, test_get_slot_rejects_bad_number);
    CU_ADD_TEST(suite, test_get_slot_of_static_type);
    CU_ADD_TEST(suite, test_spec_with_base);
    CU_ADD_TEST(suite, test_spec_base_slot);
    CU_ADD_TEST(suite, test_spec_base_that_is_final);
    CU_ADD_TEST(suite, test_spec_bad_slot_number);
    CU_ADD_TEST(suite, test_spec_without_new_inherits_object_new);
    CU_ADD_TEST(suite, test_disallow_instantiation_flag);
    CU_ADD_TEST(suite, test_immutable_flag);
    CU_ADD_TEST(suite, test_heap_type_attributes_are_settable);
    CU_ADD_TEST(suite, test_static_type_ready);
    CU_ADD_TEST(suite, test_static_type_text_signature);
    CU_ADD_TEST(suite, test_static_type_instances);
    CU_ADD_TEST(suite, test_static_type_is_immutable);
    CU_ADD_TEST(suite, test_static_type_subclass_in_python);
    CU_ADD_TEST(suite, test_static_type_subclasses_are_listed);
    CU_ADD_TEST(suite, test_is_subtype_follows_mro);
    CU_ADD_TEST(suite, test_get_flags);
    CU_ADD_TEST(suite, test_modified_drops_cached_attribute);
    CU_ADD_TEST(suite, test_type_cache_clear_keeps_lookups_right);
    CU_ADD_TEST(suite, test_from_module_and_spec_keeps_module);
    CU_ADD_TEST(suite, test_get_module_without_module);
    CU_ADD_TEST(suite, test_generic_alloc_zeroes_and_tracks);
    CU_ADD_TEST(suite, test_generic_new_uses_alloc);
    CU_ADD_TEST(suite, test_layout_conflict);
    CU_ADD_TEST(suite, test_mro_conflict);
    CU_ADD_TEST(suite, test_set_name_and_init_subclass_run);
    CU_ADD_TEST(suite, test_new_class_survives_each_failure);
}
