/* SPDX-License-Identifier: MIT */
/* Descriptors made in C: getters and setters, method descriptors, wrappers of slots. */
#include "capi.h"
#include <structmember.h>

typedef struct {
    PyObject_HEAD
    long value;
} Cell;

static PyObject *
cell_get(PyObject *self, void *closure)
{
    return PyLong_FromLong(((Cell *)self)->value + (closure != NULL ? *(int *)closure : 0));
}

static int
cell_set(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "cannot delete");
        return -1;
    }
    ((Cell *)self)->value = PyLong_AsLong(value);
    return PyErr_Occurred() ? -1 : 0;
}

static int hundred = 100;
static PyGetSetDef cell_getset[] = {
    {"value", cell_get, cell_set, "The value.", NULL},
    {"shifted", cell_get, NULL, NULL, &hundred},
    {NULL},
};
static PyType_Slot cell_slots[] = {{Py_tp_getset, cell_getset}, {0, NULL}};
static PyType_Spec cell_spec = {"capi.Cell", sizeof(Cell), 0,
                                Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, cell_slots};

TEST(getset_reads_and_writes)
{
    OWN type = PyType_FromSpec(&cell_spec);
    OWN cell = PyObject_CallNoArgs(type), five = PyLong_FromLong(5);
    CU_ASSERT_EQUAL(PyObject_SetAttrString(cell, "value", five), 0);
    GIVES(PyObject_GetAttrString(cell, "value"), "5");
}

TEST(getset_closure)
{
    OWN type = PyType_FromSpec(&cell_spec);
    OWN cell = PyObject_CallNoArgs(type);
    GIVES(PyObject_GetAttrString(cell, "shifted"), "100");
}

TEST(getset_setter_sees_delete)
{
    OWN type = PyType_FromSpec(&cell_spec);
    OWN cell = PyObject_CallNoArgs(type);
    MINUS_WITH(PyObject_DelAttrString(cell, "value"), PyExc_TypeError, "cannot delete");
}

TEST(getset_without_setter)
{
    OWN type = PyType_FromSpec(&cell_spec);
    OWN cell = PyObject_CallNoArgs(type);
    MINUS_WITH(PyObject_SetAttrString(cell, "shifted", Py_None), PyExc_AttributeError,
               "attribute 'shifted' of 'capi.Cell' objects is not writable");
}

TEST(getset_descriptor_attributes)
{
    OWN type = PyType_FromSpec(&cell_spec);
    OWN descriptor = PyObject_GetAttrString(type, "value");
    CU_ASSERT_PTR_EQUAL(Py_TYPE(descriptor), &PyGetSetDescr_Type);
    GIVES(PyObject_GetAttrString(descriptor, "__name__"), "'value'");
    GIVES(PyObject_GetAttrString(descriptor, "__qualname__"), "'Cell.value'");
    GIVES(PyObject_GetAttrString(descriptor, "__doc__"), "'The value.'");
    READS(descriptor, "<attribute 'value' of 'capi.Cell' objects>");
    CU_ASSERT(PyDescr_IsData(descriptor));
}

TEST(getset_checks_instance)
{
    OWN type = PyType_FromSpec(&cell_spec);
    OWN descriptor = PyObject_GetAttrString(type, "value");
    NULL_WITH(PyObject_CallMethod(descriptor, "__get__", "i", 3), PyExc_TypeError,
              "descriptor 'value' for 'capi.Cell' objects doesn't apply to a 'int' object");
}

TEST(new_getset_for_any_type)
{
    OWN type = PyType_FromSpec(&cell_spec);
    OWN descriptor = PyDescr_NewGetSet((PyTypeObject *)type, &cell_getset[1]);
    CU_ASSERT_EQUAL(PyObject_SetAttrString(type, "more", descriptor), 0);
    OWN cell = PyObject_CallNoArgs(type);
    GIVES(PyObject_GetAttrString(cell, "more"), "100");
}

static PyObject *
cell_double(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromString(Py_TYPE(self)->tp_name);
}

static PyMethodDef double_def = {"double", cell_double, METH_NOARGS};

TEST(new_method_descriptor)
{
    OWN type = PyType_FromSpec(&cell_spec);
    OWN descriptor = PyDescr_NewMethod((PyTypeObject *)type, &double_def);
    OWN cell = PyObject_CallNoArgs(type);
    CU_ASSERT_PTR_EQUAL(Py_TYPE(descriptor), &PyMethodDescr_Type);
    GIVES(PyObject_CallOneArg(descriptor, cell), "'capi.Cell'");
    NULL_WITH(PyObject_CallOneArg(descriptor, Py_None), PyExc_TypeError,
              "descriptor 'double' for 'capi.Cell' objects doesn't apply to a 'NoneType' object");
    NULL_WITH(PyObject_CallNoArgs(descriptor), PyExc_TypeError,
              "unbound method Cell.double() needs an argument");
}

TEST(new_class_method_descriptor)
{
    static PyMethodDef def = {"who", cell_double, METH_NOARGS | METH_CLASS};
    OWN type = PyType_FromSpec(&cell_spec);
    OWN descriptor = PyDescr_NewClassMethod((PyTypeObject *)type, &def);
    OWN bound = Py_TYPE(descriptor)->tp_descr_get(descriptor, NULL, type);
    GIVES(PyObject_CallNoArgs(bound), "'type'");
}

TEST(slot_wrapper_and_method_wrapper)
{
    OWN wrapper = PyObject_GetAttrString((PyObject *)&PyLong_Type, "__add__");
    CU_ASSERT_PTR_EQUAL(Py_TYPE(wrapper), &PyWrapperDescr_Type);
    READS(wrapper, "<slot wrapper '__add__' of 'int' objects>");
    OWN bound = PyWrapper_New(wrapper, Py_True);
    GIVES(PyObject_CallOneArg(bound, Py_True), "2");
}

TEST(property_through_type)
{
    OWN getter = ks_eval("lambda self: 7");
    OWN property = PyObject_CallOneArg((PyObject *)&PyProperty_Type, getter);
    GIVES(Py_TYPE(property)->tp_descr_get(property, Py_True, NULL), "7");
    MINUS_WITH(Py_TYPE(property)->tp_descr_set(property, Py_True, Py_None), PyExc_AttributeError,
               "property of 'bool' object has no setter");
}

TEST(super_through_type)
{
    OWN object = PyObject_CallFunctionObjArgs((PyObject *)&PySuper_Type, &PyBool_Type, Py_True,
                                              NULL);
    OWN method = PyObject_GetAttrString(object, "__repr__");
    GIVES(PyObject_CallNoArgs(method), "'1'");
}

void
add_descr_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_getset_reads_and_writes);
    CU_ADD_TEST(suite, test_getset_closure);
    CU_ADD_TEST(suite, test_getset_setter_sees_delete);
    CU_ADD_TEST(suite, test_getset_without_setter);
    CU_ADD_TEST(suite, test_getset_descriptor_attributes);
    CU_ADD_TEST(suite, test_getset_checks_instance);
    CU_ADD_TEST(suite, test_new_getset_for_any_type);
    CU_ADD_TEST(suite, test_new_method_descriptor);
    CU_ADD_TEST(suite, test_new_class_method_descriptor);
    CU_ADD_TEST(suite, test_slot_wrapper_and_method_wrapper);
    CU_ADD_TEST(suite, test_property_through_type);
    CU_ADD_TEST(suite, test_super_through_type);
}
