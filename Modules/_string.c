/* SPDX-License-Identifier: MIT */
/* _string: the pieces of str.format that string.Formatter is built on. */
#include "Python.h"
#include "ks_base.h"
#include "ks_str.h" /* the parser is str's own */

static PyObject *
formatter_parser(PyObject *module, PyObject *format)
{
    return ks_str_formatter_parser(format);
}

static PyObject *
formatter_field_name_split(PyObject *module, PyObject *name)
{
    return ks_str_formatter_split(name);
}

static PyMethodDef string_methods[] = {
    METHOD_PLAIN("formatter_field_name_split", formatter_field_name_split, METH_O,
                 "Split a field name into its first part and an iterator over the rest."),
    METHOD_PLAIN("formatter_parser", formatter_parser, METH_O,
                 "Iterate over (literal, field name, format spec, conversion) of a format."),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot string_slots[] = {{0, NULL}};

static struct PyModuleDef string_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_string",
    .m_doc = "What string.Formatter needs of str.format.",
    .m_methods = string_methods,
    .m_slots = string_slots,
};

PyMODINIT_FUNC
PyInit__string(void)
{
    return PyModuleDef_Init(&string_module);
}
