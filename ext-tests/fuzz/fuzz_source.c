/* SPDX-License-Identifier: MIT */
/* Fuzz target: bytes as source text, through tokens, tree and code in each of the four modes.
 *
 * Nothing is run. Like compile(), the target takes no text with NUL bytes. An input that becomes
 * code must survive the verifier: it accepts all that the compiler emits. */
#include "fuzz.h"

#include "ks_code.h"

static const struct {
    int start, flags;
} modes[] = {
    {Py_file_input, 0},
    {Py_eval_input, 0},
    {Py_single_input, PyCF_DONT_IMPLY_DEDENT},
    {Py_func_type_input, PyCF_ONLY_AST},
    {Py_file_input, PyCF_ONLY_AST | PyCF_TYPE_COMMENTS},
    {Py_single_input, PyCF_ALLOW_INCOMPLETE_INPUT | PyCF_ALLOW_TOP_LEVEL_AWAIT},
};

static int
verify_all(PyCodeObject *code)
{
    if (!ks_code_verify(code))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *item = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(item) && !verify_all((PyCodeObject *)item))
            return 0;
    }
    return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_start();
    char *source = malloc(size + 1);
    if (source == NULL || memchr(data, '\0', size) != NULL) {
        free(source);
        return 0;
    }
    memcpy(source, data, size);
    source[size] = '\0';
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        PyCompilerFlags flags = _PyCompilerFlags_INIT;
        flags.cf_flags = modes[i].flags;
        PyObject *result = Py_CompileStringExFlags(source, "fuzz", modes[i].start, &flags, (int)(i % 3));
        if (result != NULL && PyCode_Check(result) && !verify_all((PyCodeObject *)result)) {
            PyErr_Print();
            abort();
        }
        fuzz_settle(result);
    }
    free(source);
    return 0;
}
