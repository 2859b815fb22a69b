/* SPDX-License-Identifier: MIT */
/* What the parts of the evaluation loop share: cold halves of instructions, tracing, the breaker. */
#ifndef KS_EVAL_H
#define KS_EVAL_H

#include "ks_base.h"
#include "pycore_ceval.h"
#include "pycore_frame.h"

/* pending.c: what the breaker asks for: signals, calls, a switch of threads, async exceptions. */
int ks_eval_handle_pending(PyThreadState *tstate);

/* trace.c */
int ks_trace_enter(PyThreadState *tstate, _PyInterpreterFrame *frame);
/* After a return or a yield: -1 if a trace function raised; value stays the caller's. */
int ks_trace_leave(PyThreadState *tstate, _PyInterpreterFrame *frame, PyObject *value);
/* The same while an exception leaves the frame; the exception survives unless replaced. */
void ks_trace_unwind(PyThreadState *tstate, _PyInterpreterFrame *frame);
void ks_trace_exception(PyThreadState *tstate, _PyInterpreterFrame *frame);
/* Line and opcode events of the instruction at frame->prev_instr; previous is the offset (in
 * code units) of the one that ran before. */
int ks_trace_instruction(PyThreadState *tstate, _PyInterpreterFrame *frame, int previous);
/* A vectorcall of a C function with c_call, c_return, c_exception events. */
KS_NEW PyObject *ks_trace_call(PyThreadState *tstate, PyObject *callable, PyObject *const *args,
                               size_t nargsf, PyObject *kwnames);
/* The same with a tuple and a dict. */
KS_NEW PyObject *ks_trace_call_ex(PyThreadState *tstate, PyObject *callable, PyObject *args,
                                  PyObject *kwargs);

/* eval_error.c: messages. All set an exception. */
void ks_error_name(PyThreadState *tstate, PyObject *exception, const char *format, PyObject *name);
void ks_error_unbound_fast(PyThreadState *tstate, PyCodeObject *code, int index);
void ks_error_unbound_cell(PyThreadState *tstate, PyCodeObject *code, int index);
void ks_error_kwargs(PyThreadState *tstate, PyObject *callable, PyObject *kwargs);
int ks_check_star_args(PyThreadState *tstate, PyObject *callable, PyObject *args);
int ks_check_except_type(PyThreadState *tstate, PyObject *type);
int ks_check_except_star_type(PyThreadState *tstate, PyObject *type);
void ks_error_await(PyThreadState *tstate, PyTypeObject *type, int where);
/* The raise statement; 1 if the current exception is to be raised again, 0 if an error is set. */
int ks_raise(PyThreadState *tstate, KS_STEALS PyObject *exception, KS_STEALS PyObject *cause);
/* except*: splits value; both results are new references. 0 or -1. */
int ks_split_group(PyObject *value, PyObject *type, PyObject **match, PyObject **rest);
/* Handler for the instruction at offset: 1 and its data, or 0. */
int ks_find_handler(PyCodeObject *code, int offset, int *level, int *handler, int *lasti);

/* eval_unpack.c: items of any iterable, pushed so that sp ends at top. after = -1: no star. */
int ks_unpack(PyThreadState *tstate, PyObject *iterable, int before, int after, PyObject **top);

/* eval_match.c */
KS_NEW PyObject *ks_match_keys(PyThreadState *tstate, PyObject *map, PyObject *keys);
KS_NEW PyObject *ks_match_class(PyThreadState *tstate, PyObject *subject, PyObject *type,
                                Py_ssize_t positional, PyObject *names);

/* eval_import.c */
KS_NEW PyObject *ks_import_name(PyThreadState *tstate, _PyInterpreterFrame *frame, PyObject *name,
                                PyObject *fromlist, PyObject *level);
KS_NEW PyObject *ks_import_from(PyThreadState *tstate, PyObject *module, PyObject *name);
int ks_import_star(PyThreadState *tstate, PyObject *locals, PyObject *module);

/* eval_async.c: the cold halves of async for and async with. */
KS_NEW PyObject *ks_get_aiter(PyThreadState *tstate, PyObject *iterable);
KS_NEW PyObject *ks_get_anext(PyThreadState *tstate, PyObject *iterator);
KS_NEW PyObject *ks_get_awaitable(PyThreadState *tstate, PyObject *iterable, int where);
/* Enter and exit method of a manager; messages as the with statement or async with words them. */
int ks_manager_methods(PyThreadState *tstate, PyObject *manager, int is_async, PyObject **enter,
                       PyObject **leave);

/* call_tuple.c: the vectorcall array of a tuple and a dict; release with ks_stack_release. */
PyObject *const *ks_stack_from_dict(PyThreadState *tstate, PyObject *const *args, Py_ssize_t nargs,
                                    PyObject *kwargs, PyObject **kwnames);
void ks_stack_release(PyObject *const *stack, Py_ssize_t nargs, PyObject *kwnames);

/* generator.c: the eval loop's way into a generator. */
PySendResult ks_gen_resume(PyGenObject *gen, PyObject *value, int throwing, int closing,
                           PyObject **result);
/* generator.c: shared by the three kinds. */
KS_NEW PyObject *ks_gen_throw(PyGenObject *gen, int close_on_exit, PyObject *type, PyObject *value,
                              PyObject *traceback);
KS_NEW PyObject *ks_gen_close(PyObject *gen, PyObject *ignored);
KS_NEW PyObject *ks_gen_send_method(PyObject *gen, PyObject *value);
KS_NEW PyObject *ks_gen_throw_method(PyObject *gen, PyObject *const *args, Py_ssize_t nargs);
KS_NEW PyObject *ks_gen_alloc(PyTypeObject *type, PyFunctionObject *func);
int ks_gen_close_iter(PyObject *iterator);
KS_NEW PyObject *ks_coro_origin(int depth, _PyInterpreterFrame *frame);

/* specialize.c: tells the caches of a code object to start over after a miss. */
static inline void
ks_cache_missed(_Py_CODEUNIT *cache, int adaptive)
{
    if (--cache[0] == 0) {
        _Py_SET_OPCODE(cache[-1], adaptive);
        cache[0] = adaptive_counter_start();
    }
}

#endif
