/* SPDX-License-Identifier: MIT */
/* Fuzz target: bytes as the body of a .pyc file, through marshal and the verifier, and then run.
 *
 * Code that the verifier accepts may not crash the interpreter, whatever it does. It runs with
 * builtins that are an empty dict and without the names that lead from an object to the rest of
 * the process, so that it reaches no import and no file. A pending call that renews itself ends
 * its loops; single instructions that could ask for any amount of work are refused. */
#include "fuzz.h"

#include "opcode.h"

#include "ks_code.h"
#include "ks_marshal.h"

#define PYC_HEADER_BYTES 16
#define BREAKS 3000     /* pending calls that a run is given */
#define RECURSION 100

static int breaks_left, is_armed;

/* Runs whenever the interpreter looks at its breaker, that is at calls and backward jumps. */
static int
count_down(void *unused)
{
    is_armed = 0;
    if (breaks_left == 0)
        return 0;
    is_armed = Py_AddPendingCall(count_down, NULL) == 0;
    if (--breaks_left > 0)
        return 0;
    breaks_left = 1;
    PyErr_SetString(PyExc_KeyboardInterrupt, "budget");
    return -1;
}

/* Attributes such as __subclasses__ and __globals__ lead everywhere; these do not. */
static int
is_harmless_name(PyObject *name)
{
    static const char *const harmless[] = {"__name__", "__doc__", "__module__", "__qualname__"};
    const char *text = PyUnicode_AsUTF8(name);
    if (text == NULL) {
        PyErr_Clear();
        return 0;
    }
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (strcmp(text, harmless[i]) == 0)
            return 1;
    }
    return strncmp(text, "__", 2) != 0;
}

/* Whether the code ends by the budget: no arithmetic of unbounded cost, and no loop that could
 * catch its interruption. */
static int
is_modest(PyCodeObject *code)
{
    const _Py_CODEUNIT *units = _PyCode_CODE(code);
    int catches = PyBytes_GET_SIZE(code->co_exceptiontable) != 0;
    for (Py_ssize_t i = 0; i < Py_SIZE(code); i++) {
        int opcode = _Py_OPCODE(units[i]), operation = _Py_OPARG(units[i]) % NB_INPLACE_ADD;
        if (opcode == BINARY_OP && (operation == NB_POWER || operation == NB_LSHIFT
                                    || operation == NB_MULTIPLY))
            return 0;
        if (catches && (opcode == JUMP_BACKWARD || opcode == JUMP_BACKWARD_NO_INTERRUPT
                        || (opcode >= POP_JUMP_BACKWARD_IF_NOT_NONE
                            && opcode <= POP_JUMP_BACKWARD_IF_TRUE)))
            return 0;
    }
    return 1;
}

/* Both for this code and all inside it. */
static int
may_run(PyCodeObject *code)
{
    if (!is_modest(code))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++) {
        if (!is_harmless_name(PyTuple_GET_ITEM(code->co_names, i)))
            return 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *item = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(item) && !may_run((PyCodeObject *)item))
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
    if (!is_armed)
        is_armed = Py_AddPendingCall(count_down, NULL) == 0;
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
    if (loaded != NULL && PyCode_Check(loaded) && ((PyCodeObject *)loaded)->co_nfreevars == 0
        && may_run((PyCodeObject *)loaded))
        fuzz_settle(run_code(loaded));
    else
        fuzz_settle(Py_XNewRef(loaded));
    return 0;
}
