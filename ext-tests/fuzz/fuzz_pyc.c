/* SPDX-License-Identifier: MIT */
/* Fuzz target: bytes as the body of a .pyc file, through marshal and the verifier, and then run.
 *
 * Code that the verifier accepts may not crash the interpreter, whatever it does. It runs with
 * builtins that are an empty dict, so that it reaches no import and no file. A pending call that
 * is renewed as often as the interpreter asks for it ends loops; a low recursion limit, a limit on
 * the operands of ** and << (whose results could be of any size) and libFuzzer's own limits on
 * time and memory do the rest. */
#include "fuzz.h"

#include "ks_code.h"
#include "ks_marshal.h"

#define PYC_HEADER_BYTES 16
#define BREAKS 200      /* how often the interpreter may look for pending calls */
#define RECURSION 100

static int breaks_left;

/* Runs whenever the interpreter looks at its breaker, that is at calls and backward jumps. */
static int
count_down(void *unused)
{
    if (--breaks_left > 0)
        return Py_AddPendingCall(count_down, NULL);
    PyErr_SetString(PyExc_KeyboardInterrupt, "budget");
    return Py_AddPendingCall(count_down, NULL);
}

/* Whether an instruction could ask for time or memory without bound by itself. */
static int
is_modest(PyCodeObject *code)
{
    const _Py_CODEUNIT *units = _PyCode_CODE(code);
    for (Py_ssize_t i = 0; i < Py_SIZE(code); i++) {
        int opcode = _Py_OPCODE(units[i]), oparg = _Py_OPARG(units[i]);
        if (opcode == BINARY_OP && (oparg % NB_INPLACE_ADD == NB_POWER
                                    || oparg % NB_INPLACE_ADD == NB_LSHIFT
                                    || oparg % NB_INPLACE_ADD == NB_MULTIPLY))
            return 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *item = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(item) && !is_modest((PyCodeObject *)item))
            return 0;
    }
    return 1;
}

static PyObject *
run_code(PyObject *code)
{
    KS_OWNED PyObject *globals = PyDict_New();
    KS_OWNED PyObject *builtins = PyDict_New();
    if (globals == NULL || builtins == NULL
        || PyDict_SetItemString(globals, "__builtins__", builtins) < 0)
        return NULL;
    breaks_left = BREAKS;
    Py_AddPendingCall(count_down, NULL);
    PyObject *result = PyEval_EvalCode(code, globals, globals);
    breaks_left = 0;
    return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_start();
    Py_SetRecursionLimit(RECURSION);
    /* Seeds are whole files; an input without their head is a body. */
    size_t head = size > PYC_HEADER_BYTES && data[2] == '\r' && data[3] == '\n' ? PYC_HEADER_BYTES : 0;
    KS_OWNED PyObject *loaded = ks_marshal_read_memory((const char *)data + head,
                                                       (Py_ssize_t)(size - head), 1, NULL);
    if (loaded != NULL && PyCode_Check(loaded) && PyTuple_GET_SIZE(((PyCodeObject *)loaded)->co_freevars) == 0
        && is_modest((PyCodeObject *)loaded))
        fuzz_settle(run_code(loaded));
    else
        fuzz_settle(Py_XNewRef(loaded));
    return 0;
}
