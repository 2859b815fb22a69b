/* SPDX-License-Identifier: MIT */
/* Module _sre: what Lib/re is built on. The module itself: making patterns from code lists, and
 * the questions about letters that the pattern compiler asks. */
#include "sre.h"
#include "ks_args.h"

typedef struct CompileArgs {
    PyObject *pattern;
    int flags;
    PyObject *code;
    Py_ssize_t groups;
    PyObject *groupindex;
    PyObject *indexgroup;
} CompileArgs;

static const KsParam compile_params[] = {
    PARAM(CompileArgs, pattern, ARG_OBJECT, 1),    PARAM(CompileArgs, flags, ARG_INT, 1),
    PARAM(CompileArgs, code, ARG_OBJECT, 1),       PARAM(CompileArgs, groups, ARG_INDEX, 1),
    PARAM(CompileArgs, groupindex, ARG_OBJECT, 1), PARAM(CompileArgs, indexgroup, ARG_OBJECT, 1),
    PARAM_END,
};

static int
compile_check_type(const char *name, PyObject *arg, PyTypeObject *type)
{
    if (PyObject_TypeCheck(arg, type))
        return 1;
    PyErr_Format(PyExc_TypeError, "compile() argument '%s' must be %s, not %.50s", name,
                 type->tp_name, arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
    return 0;
}

static int
compile_fill_code(SrePattern *self, PyObject *code)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        unsigned long word =
            i < PyList_GET_SIZE(code) ? PyLong_AsUnsignedLong(PyList_GET_ITEM(code, i)) : ~0ul;
        self->code[i] = (SreCode)word;
        if (self->code[i] != word) {
            PyErr_SetString(PyExc_OverflowError, "regular expression code size limit exceeded");
            return -1;
        }
    }
    return 0;
}

static PyObject *
sre_compile(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    CompileArgs in;
    if (!ks_args_parse("compile", compile_params, args, nargs, kwnames, &in)
        || !compile_check_type("code", in.code, &PyList_Type)
        || !compile_check_type("groupindex", in.groupindex, &PyDict_Type)
        || !compile_check_type("indexgroup", in.indexgroup, &PyTuple_Type))
        return NULL;
    SreModule *state = PyModule_GetState(module);
    Py_ssize_t size = PyList_GET_SIZE(in.code);
    SrePattern *pattern = PyObject_GC_NewVar(SrePattern, state->pattern_type, size);
    if (pattern == NULL)
        return NULL;
    KS_OWNED PyObject *self = (PyObject *)pattern;
    memset((char *)pattern + sizeof(PyVarObject), 0, sizeof(SrePattern) - sizeof(PyVarObject));
    if (compile_fill_code(pattern, in.code) < 0)
        return NULL;
    pattern->isbytes = -1;
    if (in.pattern != Py_None) {
        const void *data;
        Py_ssize_t length;
        int charsize;
        Py_buffer buffer;
        if (ks_sre_text(in.pattern, &data, &length, &pattern->isbytes, &charsize, &buffer) < 0)
            return NULL;
        if (buffer.buf != NULL)
            PyBuffer_Release(&buffer);
    }
    pattern->pattern = Py_NewRef(in.pattern);
    pattern->flags = in.flags;
    pattern->groups = in.groups;
    if (PyDict_GET_SIZE(in.groupindex) > 0) {
        pattern->groupindex = Py_NewRef(in.groupindex);
        if (PyTuple_GET_SIZE(in.indexgroup) > 0)
            pattern->indexgroup = Py_NewRef(in.indexgroup);
    }
    if (ks_sre_validate(pattern) < 0 || ks_sre_analyse(pattern) < 0)
        return NULL;
    PyObject_GC_Track(pattern);
    return ks_give(&self);
}

static PyObject *
sre_getcodesize(PyObject *module, PyObject *ignored)
{
    return PyLong_FromSize_t(sizeof(SreCode));
}

static PyObject *
sre_ascii_iscased(PyObject *module, PyObject *arg)
{
    int ch;
    if (!ks_arg_int(arg, &ch))
        return NULL;
    return PyBool_FromLong((unsigned)ch < 128 && Py_ISALPHA(ch));
}

static PyObject *
sre_unicode_iscased(PyObject *module, PyObject *arg)
{
    int value;
    if (!ks_arg_int(arg, &value))
        return NULL;
    Py_UCS4 ch = (Py_UCS4)value;
    return PyBool_FromLong(ch != (Py_UCS4)Py_UNICODE_TOLOWER(ch)
                           || ch != (Py_UCS4)Py_UNICODE_TOUPPER(ch));
}

static PyObject *
sre_ascii_tolower(PyObject *module, PyObject *arg)
{
    int ch;
    if (!ks_arg_int(arg, &ch))
        return NULL;
    return PyLong_FromLong((int)ks_sre_lower_ascii((Py_UCS4)ch));
}

static PyObject *
sre_unicode_tolower(PyObject *module, PyObject *arg)
{
    int ch;
    if (!ks_arg_int(arg, &ch))
        return NULL;
    return PyLong_FromLong((int)Py_UNICODE_TOLOWER((Py_UCS4)ch));
}

static PyMethodDef sre_methods[] = {
    METHOD("compile", sre_compile, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, pattern, flags, code, groups, groupindex,\n        indexgroup)",
           "A pattern object from a list of code words."),
    METHOD("getcodesize", sre_getcodesize, METH_NOARGS, "($module, /)",
           "Bytes in a code word."),
    METHOD("ascii_iscased", sre_ascii_iscased, METH_O, "($module, character, /)",
           "Is there another case of the ASCII letter?"),
    METHOD("unicode_iscased", sre_unicode_iscased, METH_O, "($module, character, /)",
           "Is there another case of the character?"),
    METHOD("ascii_tolower", sre_ascii_tolower, METH_O, "($module, character, /)",
           "The lower case of an ASCII letter."),
    METHOD("unicode_tolower", sre_unicode_tolower, METH_O, "($module, character, /)",
           "The lower case of a character."),
    {NULL, NULL, 0, NULL},
};

static int
sre_exec(PyObject *module)
{
    SreModule *state = PyModule_GetState(module);
    const struct {
        PyTypeObject **slot;
        PyType_Spec *spec;
    } types[] = {
        {&state->pattern_type, &ks_sre_pattern_spec},
        {&state->match_type, &ks_sre_match_spec},
        {&state->scanner_type, &ks_sre_scanner_spec},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(types); i++) {
        *types[i].slot = (PyTypeObject *)PyType_FromModuleAndSpec(module, types[i].spec, NULL);
        if (*types[i].slot == NULL)
            return -1;
    }
    if (PyModule_AddIntConstant(module, "MAGIC", SRE_MAGIC) < 0
        || PyModule_AddIntConstant(module, "CODESIZE", sizeof(SreCode)) < 0
        || PyModule_AddIntConstant(module, "MAXREPEAT", (long)SRE_MAXREPEAT) < 0
        || PyModule_AddIntConstant(module, "MAXGROUPS", SRE_MAXGROUPS) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "copyright", "The authors of Kingsnake, MIT");
}

static int
sre_traverse(PyObject *module, visitproc visit, void *arg)
{
    SreModule *state = PyModule_GetState(module);
    Py_VISIT(state->pattern_type);
    Py_VISIT(state->match_type);
    Py_VISIT(state->scanner_type);
    return 0;
}

static int
sre_clear(PyObject *module)
{
    SreModule *state = PyModule_GetState(module);
    Py_CLEAR(state->pattern_type);
    Py_CLEAR(state->match_type);
    Py_CLEAR(state->scanner_type);
    return 0;
}

static void
sre_free(void *module)
{
    (void)sre_clear(module);
}

static PyModuleDef_Slot sre_slots[] = {
    {Py_mod_exec, sre_exec},
    {0, NULL},
};

static struct PyModuleDef sre_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_sre",
    .m_size = sizeof(SreModule),
    .m_methods = sre_methods,
    .m_slots = sre_slots,
    .m_traverse = sre_traverse,
    .m_clear = sre_clear,
    .m_free = sre_free,
};

PyMODINIT_FUNC
PyInit__sre(void)
{
    return PyModuleDef_Init(&sre_module);
}
