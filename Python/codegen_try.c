/* SPDX-License-Identifier: MIT */
/* Code generation for try, try-star and with, and for leaving them early.
 *
 * Handlers are pushed and popped by pseudo instructions that become the exception table. While a
 * handler runs, the exception it found is below its values; a cleanup around it puts the previous
 * exception back if another one leaves it. Instructions that no source line asked for have no
 * position, so that debuggers do not stop there. */
#include "ks_codegen.h"

/* ---- unwinding ---- */

int
ks_gen_call_exit(KsCompiler *c)
{
    LOAD_NONE();
    LOAD_NONE();
    LOAD_NONE();
    OP_ARG(PRECALL, 2);
    OP_ARG(CALL, 2);
    return 1;
}

/* Binds the name of an exception handler to None and deletes it. */
static int
gen_forget(KsCompiler *c, PyObject *name)
{
    LOAD_NONE();
    STORE(name);
    return ks_emit_variable(c, name, KS_Del);
}

static int
gen_await_exit(KsCompiler *c)
{
    OP_ARG(GET_AWAITABLE, 2);
    LOAD_NONE();
    return ks_gen_yield_from(c, 1);
}

static int
gen_unwind_finally(KsCompiler *c, KsFrameBlock *frame, int keeps_top)
{
    OP(KS_OP_POP_BLOCK);
    if (keeps_top)
        DO(ks_gen_push(c, KS_FRAME_POP_VALUE, NULL, NULL, NULL));
    STMTS((KsStmtSeq *)frame->datum);
    if (keeps_top)
        ks_gen_pop(c);
    NO_LINE();
    return 1;
}

static int
gen_unwind_with(KsCompiler *c, KsFrameBlock *frame, int keeps_top)
{
    AT((KsStmt *)frame->datum);
    OP(KS_OP_POP_BLOCK);
    if (keeps_top)
        OP_ARG(SWAP, 2);
    DO(ks_gen_call_exit(c));
    if (frame->kind == KS_FRAME_ASYNC_WITH)
        DO(gen_await_exit(c));
    OP(POP_TOP);
    NO_LINE();
    return 1;
}

/* Undoes frame before control leaves it; keeps_top: a return value is on top of the stack. */
int
ks_gen_unwind(KsCompiler *c, KsFrameBlock *frame, int keeps_top)
{
    switch (frame->kind) {
        case KS_FRAME_WHILE:
        case KS_FRAME_EXCEPTION_HANDLER:
        case KS_FRAME_EXCEPTION_GROUP_HANDLER:
        case KS_FRAME_ASYNC_COMPREHENSION:
            return 1;
        case KS_FRAME_FOR:
        case KS_FRAME_POP_VALUE:
            if (keeps_top)
                OP_ARG(SWAP, 2);
            OP(POP_TOP);
            return 1;
        case KS_FRAME_TRY:
            OP(KS_OP_POP_BLOCK);
            return 1;
        case KS_FRAME_FINALLY_TRY:
            return gen_unwind_finally(c, frame, keeps_top);
        case KS_FRAME_FINALLY_END:
            if (keeps_top)
                OP_ARG(SWAP, 2);
            OP(POP_TOP);
            if (keeps_top)
                OP_ARG(SWAP, 2);
            OP(KS_OP_POP_BLOCK);
            OP(POP_EXCEPT);
            return 1;
        case KS_FRAME_WITH:
        case KS_FRAME_ASYNC_WITH:
            return gen_unwind_with(c, frame, keeps_top);
        case KS_FRAME_HANDLER_CLEANUP:
            if (frame->datum != NULL)
                OP(KS_OP_POP_BLOCK);
            if (keeps_top)
                OP_ARG(SWAP, 2);
            OP(KS_OP_POP_BLOCK);
            OP(POP_EXCEPT);
            return frame->datum == NULL || gen_forget(c, (PyObject *)frame->datum);
    }
    Py_UNREACHABLE();
}

/* The cleanup of a handler: the previous exception comes back, the new one goes on. */
static int
gen_restore_and_reraise(KsCompiler *c)
{
    OP_ARG(COPY, 3);
    OP(POP_EXCEPT);
    OP_ARG(RERAISE, 1);
    return 1;
}

/* ---- try ---- */

static int
gen_handler_body(KsCompiler *c, KsExceptHandler *handler, KsBlock *end)
{
    PyObject *name = handler->v.ExceptHandler.name;
    NEW_BLOCK(body);
    if (name == NULL) {
        OP(POP_TOP);
        START(body);
        DO(ks_gen_push(c, KS_FRAME_HANDLER_CLEANUP, body, NULL, NULL));
        STMTS(handler->v.ExceptHandler.body);
        ks_gen_pop(c);
        NO_LINE();
        OP(KS_OP_POP_BLOCK);
        OP(POP_EXCEPT);
        JUMP_TO(KS_OP_JUMP, end);
        return 1;
    }
    NEW_BLOCK(cleanup);
    STORE(name);
    JUMP_TO(KS_OP_SETUP_CLEANUP, cleanup);
    START(body);
    DO(ks_gen_push(c, KS_FRAME_HANDLER_CLEANUP, body, NULL, name));
    STMTS(handler->v.ExceptHandler.body);
    ks_gen_pop(c);
    NO_LINE();
    OP(KS_OP_POP_BLOCK);
    OP(KS_OP_POP_BLOCK);
    OP(POP_EXCEPT);
    DO(gen_forget(c, name));
    JUMP_TO(KS_OP_JUMP, end);
    START(cleanup);
    NO_LINE();
    DO(gen_forget(c, name));
    OP_ARG(RERAISE, 1);
    return 1;
}

static int
gen_try_except(KsCompiler *c, KsStmt *s)
{
    Py_ssize_t count = KS_LEN(s->v.Try.handlers);
    NEW_BLOCK(body);
    NEW_BLOCK(except);
    NEW_BLOCK(end);
    NEW_BLOCK(cleanup);
    JUMP_TO(KS_OP_SETUP_FINALLY, except);
    START(body);
    DO(ks_gen_push(c, KS_FRAME_TRY, body, NULL, NULL));
    STMTS(s->v.Try.body);
    ks_gen_pop(c);
    OP_NO_LINE(KS_OP_POP_BLOCK);
    STMTS(s->v.Try.orelse);
    JUMP_NO_LINE(KS_OP_JUMP, end);
    START(except);
    NO_LINE();
    JUMP_TO(KS_OP_SETUP_CLEANUP, cleanup);
    OP(PUSH_EXC_INFO);
    DO(ks_gen_push(c, KS_FRAME_EXCEPTION_HANDLER, NULL, NULL, NULL));
    for (Py_ssize_t i = 0; i < count; i++) {
        KsExceptHandler *handler = s->v.Try.handlers->items[i];
        AT(handler);
        if (handler->v.ExceptHandler.type == NULL && i < count - 1)
            return ks_gen_error(c, "default 'except:' must be last");
        NEW_BLOCK(next);
        if (handler->v.ExceptHandler.type != NULL) {
            EXPR(handler->v.ExceptHandler.type);
            OP(CHECK_EXC_MATCH);
            JUMP_TO(KS_OP_POP_JUMP_IF_FALSE, next);
        }
        DO(gen_handler_body(c, handler, end));
        START(next);
    }
    ks_gen_pop(c);
    NO_LINE();
    OP_ARG(RERAISE, 0);
    START(cleanup);
    DO(gen_restore_and_reraise(c));
    START(end);
    return 1;
}

static int
gen_finally(KsCompiler *c, KsStmt *s, int (*gen_handlers)(KsCompiler *, KsStmt *))
{
    NEW_BLOCK(body);
    NEW_BLOCK(end);
    NEW_BLOCK(exit);
    NEW_BLOCK(cleanup);
    JUMP_TO(KS_OP_SETUP_FINALLY, end);
    START(body);
    DO(ks_gen_push(c, KS_FRAME_FINALLY_TRY, body, end, s->v.Try.finalbody));
    if (KS_LEN(s->v.Try.handlers) > 0)
        DO(gen_handlers(c, s));
    else
        STMTS(s->v.Try.body);
    OP_NO_LINE(KS_OP_POP_BLOCK);
    ks_gen_pop(c);
    STMTS(s->v.Try.finalbody);
    JUMP_NO_LINE(KS_OP_JUMP, exit);
    START(end);
    DO(ks_gen_push(c, KS_FRAME_FINALLY_END, end, NULL, NULL));
    NO_LINE();
    JUMP_TO(KS_OP_SETUP_CLEANUP, cleanup);
    OP(PUSH_EXC_INFO);
    STMTS(s->v.Try.finalbody);
    ks_gen_pop(c);
    OP_ARG(RERAISE, 0);
    START(cleanup);
    DO(gen_restore_and_reraise(c));
    START(exit);
    return 1;
}

int
ks_gen_try(KsCompiler *c, KsStmt *s)
{
    return KS_LEN(s->v.Try.finalbody) > 0 ? gen_finally(c, s, gen_try_except)
                                          : gen_try_except(c, s);
}

/* ---- try with except* ---- */

/* On the stack: the original exception, the list of what the handlers raised, the part of the
 * exception that is not handled yet. */
static int
gen_star_handler(KsCompiler *c, KsExceptHandler *handler, KsBlock *next)
{
    PyObject *name = handler->v.ExceptHandler.name;
    NEW_BLOCK(matched);
    if (handler->v.ExceptHandler.type != NULL) {
        EXPR(handler->v.ExceptHandler.type);
        OP(CHECK_EG_MATCH);
        OP_ARG(COPY, 1);
        JUMP_TO(KS_OP_POP_JUMP_IF_NOT_NONE, matched);
        OP(POP_TOP);
        JUMP_TO(KS_OP_JUMP, next);
    }
    START(matched);
    NEW_BLOCK(cleanup);
    NEW_BLOCK(body);
    if (name != NULL)
        STORE(name);
    else
        OP(POP_TOP);
    JUMP_TO(KS_OP_SETUP_CLEANUP, cleanup);
    START(body);
    DO(ks_gen_push(c, KS_FRAME_HANDLER_CLEANUP, body, NULL, name));
    STMTS(handler->v.ExceptHandler.body);
    ks_gen_pop(c);
    NO_LINE();
    OP(KS_OP_POP_BLOCK);
    if (name != NULL)
        DO(gen_forget(c, name));
    JUMP_TO(KS_OP_JUMP, next);
    START(cleanup);
    NO_LINE();
    if (name != NULL)
        DO(gen_forget(c, name));
    OP_ARG(LIST_APPEND, 3); /* the exception that the handler raised */
    OP(POP_TOP);            /* where */
    JUMP_TO(KS_OP_JUMP, next);
    return 1;
}

static int
gen_try_star_except(KsCompiler *c, KsStmt *s)
{
    Py_ssize_t count = KS_LEN(s->v.TryStar.handlers);
    NEW_BLOCK(body);
    NEW_BLOCK(except);
    NEW_BLOCK(orelse);
    NEW_BLOCK(end);
    NEW_BLOCK(cleanup);
    NEW_BLOCK(collect);
    JUMP_TO(KS_OP_SETUP_FINALLY, except);
    START(body);
    DO(ks_gen_push(c, KS_FRAME_TRY, body, NULL, NULL));
    STMTS(s->v.TryStar.body);
    ks_gen_pop(c);
    OP_NO_LINE(KS_OP_POP_BLOCK);
    JUMP_NO_LINE(KS_OP_JUMP, orelse);
    START(except);
    NO_LINE();
    JUMP_TO(KS_OP_SETUP_CLEANUP, cleanup);
    OP(PUSH_EXC_INFO);
    DO(ks_gen_push(c, KS_FRAME_EXCEPTION_GROUP_HANDLER, NULL, NULL, NULL));
    for (Py_ssize_t i = 0; i < count; i++) {
        AT(s->v.TryStar.handlers->items[i]);
        NEW_BLOCK(next);
        if (i == 0) {
            OP_ARG(COPY, 1);
            OP_ARG(BUILD_LIST, 0);
            OP_ARG(SWAP, 2);
        }
        DO(gen_star_handler(c, s->v.TryStar.handlers->items[i], next));
        START(next);
        if (i == count - 1) {
            OP_ARG(LIST_APPEND, 1); /* what nobody handled, or None */
            JUMP_TO(KS_OP_JUMP, collect);
        }
    }
    ks_gen_pop(c);
    NEW_BLOCK(reraise);
    START(collect);
    OP(PREP_RERAISE_STAR);
    OP_ARG(COPY, 1);
    JUMP_TO(KS_OP_POP_JUMP_IF_NOT_NONE, reraise);
    OP(POP_TOP);
    OP(KS_OP_POP_BLOCK);
    OP(POP_EXCEPT);
    JUMP_TO(KS_OP_JUMP, end);
    START(reraise);
    OP(KS_OP_POP_BLOCK);
    OP_ARG(SWAP, 2);
    OP(POP_EXCEPT);
    OP_ARG(RERAISE, 0);
    START(cleanup);
    DO(gen_restore_and_reraise(c));
    START(orelse);
    STMTS(s->v.TryStar.orelse);
    START(end);
    return 1;
}

int
ks_gen_try_star(KsCompiler *c, KsStmt *s)
{
    return KS_LEN(s->v.TryStar.finalbody) > 0 ? gen_finally(c, s, gen_try_star_except)
                                              : gen_try_star_except(c, s);
}

/* ---- with ---- */

/* Behind __exit__ in the handler: a true result swallows the exception. */
static int
gen_with_except_end(KsCompiler *c, KsBlock *cleanup)
{
    NO_LINE();
    NEW_BLOCK(suppress);
    JUMP_TO(KS_OP_POP_JUMP_IF_TRUE, suppress);
    OP_ARG(RERAISE, 2);
    START(cleanup);
    DO(gen_restore_and_reraise(c));
    START(suppress);
    OP(POP_TOP);
    OP(KS_OP_POP_BLOCK);
    OP(POP_EXCEPT);
    OP(POP_TOP);
    OP(POP_TOP);
    return 1;
}

static int
gen_with_item(KsCompiler *c, KsStmt *s, int index, int is_async)
{
    /* Both kinds have the same fields in the same places. */
    KsWithitem *item = s->v.With.items->items[index];
    NEW_BLOCK(body);
    NEW_BLOCK(handler);
    NEW_BLOCK(end);
    NEW_BLOCK(cleanup);
    EXPR(item->context_expr);
    if (is_async) {
        OP(BEFORE_ASYNC_WITH);
        OP_ARG(GET_AWAITABLE, 1);
        LOAD_NONE();
        DO(ks_gen_yield_from(c, 1));
    }
    else
        OP(BEFORE_WITH);
    JUMP_TO(KS_OP_SETUP_WITH, handler);
    START(body);
    DO(ks_gen_push(c, is_async ? KS_FRAME_ASYNC_WITH : KS_FRAME_WITH, body, handler, s));
    if (item->optional_vars != NULL)
        EXPR(item->optional_vars);
    else
        OP(POP_TOP);
    if (index + 1 < KS_LEN(s->v.With.items))
        DO(gen_with_item(c, s, index + 1, is_async));
    else
        STMTS(s->v.With.body);
    ks_gen_pop(c);
    DO(ks_emit_at(c, KS_OP_POP_BLOCK, 0, is_async ? c->unit->pos : KS_NO_POS));
    AT(s);
    DO(ks_gen_call_exit(c));
    if (is_async)
        DO(gen_await_exit(c));
    OP(POP_TOP);
    JUMP_TO(KS_OP_JUMP, end);
    START(handler);
    JUMP_TO(KS_OP_SETUP_CLEANUP, cleanup);
    OP(PUSH_EXC_INFO);
    OP(WITH_EXCEPT_START);
    if (is_async)
        DO(gen_await_exit(c));
    DO(gen_with_except_end(c, cleanup));
    START(end);
    return 1;
}

int
ks_gen_with(KsCompiler *c, KsStmt *s, int index)
{
    return gen_with_item(c, s, index, 0);
}

int
ks_gen_async_with(KsCompiler *c, KsStmt *s, int index)
{
    if (ks_gen_is_top_level_await(c))
        c->unit->scope->coroutine = 1;
    else if (c->unit->kind != KS_UNIT_ASYNC_FUNCTION)
        return ks_gen_error(c, "'async with' outside async function");
    return gen_with_item(c, s, index, 1);
}
