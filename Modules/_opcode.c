/* SPDX-License-Identifier: MIT */
/* The _opcode module: what instructions do to the stack. */
#include "Python.h"
#include "compile.h"
#include "opcode.h"

#include "ks_args.h"

typedef struct EffectArgs {
    int opcode;
    PyObject *oparg, *jump;
} EffectArgs;

static const KsParam effect_params[] = {
    PARAM_POS(EffectArgs, opcode, ARG_INT, 1),
    PARAM_POS(EffectArgs, oparg, ARG_OBJECT, 0),
    PARAM_KWONLY(EffectArgs, jump, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
opcode_stack_effect(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    EffectArgs in = {0, Py_None, Py_None};
    int oparg = 0, jump = -1;
    if (!ks_args_parse("stack_effect", effect_params, args, nargs, kwnames, &in))
        return NULL;
    if (in.opcode >= HAVE_ARGUMENT) {
        if (in.oparg == Py_None) {
            PyErr_SetString(PyExc_ValueError,
                            "stack_effect: opcode requires oparg but oparg was not specified");
            return NULL;
        }
        if (!ks_arg_int(in.oparg, &oparg))
            return NULL;
    }
    else if (in.oparg != Py_None) {
        PyErr_SetString(PyExc_ValueError,
                        "stack_effect: opcode does not permit oparg but oparg was specified");
        return NULL;
    }
    if (in.jump == Py_True || in.jump == Py_False)
        jump = in.jump == Py_True;
    else if (in.jump != Py_None) {
        PyErr_SetString(PyExc_ValueError, "stack_effect: jump must be False, True or None");
        return NULL;
    }
    int effect = PyCompile_OpcodeStackEffectWithJump(in.opcode, oparg, jump);
    if (effect == PY_INVALID_STACK_EFFECT) {
        PyErr_SetString(PyExc_ValueError, "invalid opcode or oparg");
        return NULL;
    }
    return PyLong_FromLong(effect);
}

static PyObject *
opcode_get_specialization_stats(PyObject *module, PyObject *unused)
{
    Py_RETURN_NONE;
}

static PyMethodDef opcode_methods[] = {
    METHOD("stack_effect", opcode_stack_effect, METH_FASTCALL | METH_KEYWORDS,
           "($module, opcode, oparg=None, /, *, jump=None)",
           "By how much the instruction changes the depth of the stack."),
    METHOD("get_specialization_stats", opcode_get_specialization_stats, METH_NOARGS, "($module, /)",
           "Counts of specialised instructions; None, as they are not collected."),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef opcode_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_opcode",
    .m_doc = "Facts about instructions.",
    .m_methods = opcode_methods,
};

PyMODINIT_FUNC
PyInit__opcode(void)
{
    return PyModuleDef_Init(&opcode_module);
}
