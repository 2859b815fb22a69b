/* SPDX-License-Identifier: MIT */
/* Module _elementtree: elements, their builder and their parser for xml.etree.ElementTree. This file
 * has the module's functions and what its types know about the Python side. The types are static and
 * that knowledge is the process's: the first import of the module brings it, the last one to go drops
 * it but for the class of errors, which there is once. */
#include "etree_parts.h"

#include "ks_args.h"

EtreeShared ks_etree;
static int module_count;

static int
factory_check(PyObject *factory, const char *name)
{
    if (factory == Py_None || PyCallable_Check(factory))
        return 1;
    PyErr_Format(PyExc_TypeError, "%s factory must be callable, not %.500s", name, Py_TYPE(factory)->tp_name);
    return 0;
}

static void
factory_set(PyObject **slot, PyObject *factory)
{
    Py_XSETREF(*slot, factory == Py_None ? NULL : Py_NewRef(factory));
}

static PyObject *
etree_set_factories(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("_set_factories", nargs, 2, 2) || !factory_check(args[0], "Comment")
        || !factory_check(args[1], "PI"))
        return NULL;
    PyObject *old = PyTuple_Pack(2, ks_etree.comment_factory == NULL ? Py_None : ks_etree.comment_factory,
                                 ks_etree.pi_factory == NULL ? Py_None : ks_etree.pi_factory);
    if (old == NULL)
        return NULL;
    factory_set(&ks_etree.comment_factory, args[0]);
    factory_set(&ks_etree.pi_factory, args[1]);
    return old;
}

static PyMethodDef etree_functions[] = {
    METHOD_PLAIN("SubElement", ks_etree_subelement, METH_FASTCALL | METH_KEYWORDS,
                 "SubElement(parent, tag, attrib={}, **extra)\n\nMake an element and append it to another."),
    METHOD("_set_factories", etree_set_factories, METH_FASTCALL, "($module, comment_factory, pi_factory, /)",
           "Exchange what makes comments and processing instructions; returns the former ones."),
    {NULL, NULL, 0, NULL},
};

/* Fills an empty slot with an attribute of a module, which is imported; "" for the module itself. */
static int
import_into(PyObject **slot, const char *module_name, const char *name)
{
    if (*slot != NULL)
        return 0;
    KS_OWNED PyObject *module = PyImport_ImportModule(module_name);
    PyObject *found = module == NULL || *name == '\0' ? Py_XNewRef(module) : PyObject_GetAttrString(module, name);
    *slot = found;
    return found == NULL ? -1 : 0;
}

static int
parse_error_make(void)
{
    if (ks_etree.parse_error == NULL)
        ks_etree.parse_error = PyErr_NewException("xml.etree.ElementTree.ParseError", PyExc_SyntaxError, NULL);
    return ks_etree.parse_error == NULL ? -1 : 0;
}

static int
etree_exec(PyObject *module)
{
    static PyTypeObject *const types[] = {&ks_etree_element_type, &ks_etree_builder_type, &ks_etree_parser_type};
    module_count++; /* etree_free() counts down also if what follows fails */
    if (import_into(&ks_etree.deepcopy, "copy", "deepcopy") < 0
        || import_into(&ks_etree.element_path, "xml.etree.ElementPath", "") < 0 || parse_error_make() < 0
        || PyModule_AddObjectRef(module, "ParseError", ks_etree.parse_error) < 0
        || PyType_Ready(&ks_etree_iterator_type) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(types); i++) {
        if (PyModule_AddType(module, types[i]) < 0)
            return -1;
    }
    return 0;
}

static void
etree_free(void *module)
{
    if (module_count == 0 || --module_count > 0)
        return;
    Py_CLEAR(ks_etree.element_path);
    Py_CLEAR(ks_etree.deepcopy);
    Py_CLEAR(ks_etree.comment_factory);
    Py_CLEAR(ks_etree.pi_factory);
}

static PyModuleDef_Slot etree_slots[] = {{Py_mod_exec, etree_exec}, {0, NULL}};

static struct PyModuleDef etree_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_elementtree",
    .m_methods = etree_functions,
    .m_slots = etree_slots,
    .m_free = etree_free,
};

PyMODINIT_FUNC
PyInit__elementtree(void)
{
    return PyModuleDef_Init(&etree_module);
}
