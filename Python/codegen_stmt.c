/* SPDX-License-Identifier: MIT */
/* Code generation for statements without handlers, functions or patterns. */
#include "ks_codegen.h"

int
ks_gen_stmts(KsCompiler *c, KsStmtSeq *body)
{
    for (Py_ssize_t i = 0, n = KS_LEN(body); i < n; i++)
        DO(ks_gen_stmt(c, body->items[i]));
    return 1;
}

/* ---- bodies of modules and classes ---- */

static int has_annotation(KsStmtSeq *body);

static int
statement_has_annotation(KsStmt *s)
{
    switch (s->kind) {
        case KS_AnnAssign:
            return 1;
        case KS_For:
        case KS_AsyncFor:
            return has_annotation(s->v.For.body) || has_annotation(s->v.For.orelse);
        case KS_While:
            return has_annotation(s->v.While.body) || has_annotation(s->v.While.orelse);
        case KS_If:
            return has_annotation(s->v.If.body) || has_annotation(s->v.If.orelse);
        case KS_With:
        case KS_AsyncWith:
            return has_annotation(s->v.With.body);
        case KS_Match:
            for (Py_ssize_t i = 0; i < KS_LEN(s->v.Match.cases); i++) {
                if (has_annotation(s->v.Match.cases->items[i]->body))
                    return 1;
            }
            return 0;
        case KS_Try:
        case KS_TryStar:
            for (Py_ssize_t i = 0; i < KS_LEN(s->v.Try.handlers); i++) {
                if (has_annotation(s->v.Try.handlers->items[i]->v.ExceptHandler.body))
                    return 1;
            }
            return has_annotation(s->v.Try.body) || has_annotation(s->v.Try.finalbody)
                   || has_annotation(s->v.Try.orelse);
        default:
            return 0;
    }
}

static int
has_annotation(KsStmtSeq *body)
{
    for (Py_ssize_t i = 0, n = KS_LEN(body); i < n; i++) {
        if (statement_has_annotation(body->items[i]))
            return 1;
    }
    return 0;
}

/* Statements that are the docstring: 1 or 0. Under -OO it is none. */
int
ks_gen_docstring_count(KsCompiler *c, KsStmtSeq *body)
{
    return c->optimize < 2 && ks_ast_docstring(body) != NULL;
}

int
ks_gen_setup_annotations(KsCompiler *c, KsStmtSeq *body)
{
    return !has_annotation(body) || ks_emit(c, SETUP_ANNOTATIONS, 0);
}

int
ks_gen_body(KsCompiler *c, KsStmtSeq *body)
{
    if (c->unit->kind == KS_UNIT_MODULE && KS_LEN(body) > 0)
        AT(body->items[0]);
    DO(ks_gen_setup_annotations(c, body));
    Py_ssize_t i = ks_gen_docstring_count(c, body);
    if (i > 0) {
        EXPR(body->items[0]->v.Expr.value);
        NO_LINE();
        STORE(KS_INTERN("__doc__"));
    }
    for (Py_ssize_t n = KS_LEN(body); i < n; i++)
        DO(ks_gen_stmt(c, body->items[i]));
    return 1;
}

/* ---- loops and branches ---- */

static int
gen_if(KsCompiler *c, KsStmt *s)
{
    NEW_BLOCK(end);
    KsBlock *otherwise = end;
    if (KS_LEN(s->v.If.orelse) > 0)
        DO((otherwise = ks_gen_block(c)) != NULL);
    DO(ks_gen_jump_if(c, s->v.If.test, otherwise, 0));
    STMTS(s->v.If.body);
    if (otherwise != end) {
        JUMP_NO_LINE(KS_OP_JUMP, end);
        START(otherwise);
        STMTS(s->v.If.orelse);
    }
    START(end);
    return 1;
}

static int
gen_while(KsCompiler *c, KsStmt *s)
{
    NEW_BLOCK(loop);
    NEW_BLOCK(body);
    NEW_BLOCK(done);
    NEW_BLOCK(end);
    START(loop);
    DO(ks_gen_push(c, KS_FRAME_WHILE, loop, end, NULL));
    DO(ks_gen_jump_if(c, s->v.While.test, done, 0));
    START(body);
    STMTS(s->v.While.body);
    AT(s);
    DO(ks_gen_jump_if(c, s->v.While.test, body, 1));
    ks_gen_pop(c);
    START(done);
    STMTS(s->v.While.orelse);
    START(end);
    return 1;
}

static int
gen_for(KsCompiler *c, KsStmt *s)
{
    NEW_BLOCK(start);
    NEW_BLOCK(body);
    NEW_BLOCK(cleanup);
    NEW_BLOCK(end);
    DO(ks_gen_push(c, KS_FRAME_FOR, start, end, NULL));
    EXPR(s->v.For.iter);
    OP(GET_ITER);
    START(start);
    JUMP_TO(FOR_ITER, cleanup);
    START(body);
    EXPR(s->v.For.target);
    STMTS(s->v.For.body);
    NO_LINE();
    JUMP_TO(KS_OP_JUMP, start);
    START(cleanup);
    ks_gen_pop(c);
    STMTS(s->v.For.orelse);
    START(end);
    return 1;
}

static int
gen_async_for(KsCompiler *c, KsStmt *s)
{
    if (ks_gen_is_top_level_await(c))
        c->unit->scope->coroutine = 1;
    else if (c->unit->kind != KS_UNIT_ASYNC_FUNCTION)
        return ks_gen_error(c, "'async for' outside async function");
    NEW_BLOCK(start);
    NEW_BLOCK(except);
    NEW_BLOCK(end);
    EXPR(s->v.AsyncFor.iter);
    OP(GET_AITER);
    START(start);
    DO(ks_gen_push(c, KS_FRAME_FOR, start, end, NULL));
    JUMP_TO(KS_OP_SETUP_FINALLY, except);
    OP(GET_ANEXT);
    LOAD_NONE();
    DO(ks_gen_yield_from(c, 1));
    OP(KS_OP_POP_BLOCK);
    EXPR(s->v.AsyncFor.target);
    STMTS(s->v.AsyncFor.body);
    NO_LINE();
    JUMP_TO(KS_OP_JUMP, start);
    ks_gen_pop(c);
    START(except);
    /* The end of the iteration shows where it was asked for. */
    AT(s->v.AsyncFor.iter);
    OP(END_ASYNC_FOR);
    STMTS(s->v.AsyncFor.orelse);
    START(end);
    return 1;
}

/* ---- leaving early ---- */

/* Undoes what surrounds the statement, from the inside out, up to the innermost loop if one is
 * asked for. Code of an outer frame is generated as if the inner ones were gone. */
static int
gen_unwind_all(KsCompiler *c, int keeps_top, KsFrameBlock **loop)
{
    KsUnit *u = c->unit;
    if (u->frame_count == 0)
        return 1;
    KsFrameBlock *top = &u->frames[u->frame_count - 1];
    if (top->kind == KS_FRAME_EXCEPTION_GROUP_HANDLER)
        return ks_gen_error(
            c, "'break', 'continue' and 'return' cannot appear in an except* block");
    if (loop != NULL && (top->kind == KS_FRAME_WHILE || top->kind == KS_FRAME_FOR)) {
        *loop = top;
        return 1;
    }
    KsFrameBlock frame = *top;
    u->frame_count--;
    DO(ks_gen_unwind(c, &frame, keeps_top));
    DO(gen_unwind_all(c, keeps_top, loop));
    u->frames[u->frame_count++] = frame;
    return 1;
}

static int
gen_return(KsCompiler *c, KsStmt *s)
{
    KsExpr *value = s->v.Return.value;
    KsScope *scope = c->unit->scope;
    int is_constant = value != NULL && value->kind == KS_Constant;
    int keeps_top = value != NULL && !is_constant;
    if (scope->type != FunctionBlock)
        return ks_gen_error(c, "'return' outside function");
    if (value != NULL && scope->coroutine && scope->generator)
        return ks_gen_error(c, "'return' with value in async generator");
    if (keeps_top)
        EXPR(value);
    else if (value != NULL) {
        AT(value);
        OP(NOP);
    }
    if (value == NULL || value->lineno != s->lineno) {
        AT(s);
        OP(NOP);
    }
    DO(gen_unwind_all(c, keeps_top, NULL));
    if (value == NULL)
        LOAD_NONE();
    else if (is_constant)
        DO(ks_emit_const(c, value->v.Constant.value));
    OP(RETURN_VALUE);
    return 1;
}

static int
gen_break(KsCompiler *c)
{
    KsFrameBlock *loop = NULL;
    KsPos pos = c->unit->pos;
    OP(NOP); /* for the line */
    DO(gen_unwind_all(c, 0, &loop));
    if (loop == NULL)
        return ks_gen_error_at(c, pos, "'break' outside loop");
    DO(ks_gen_unwind(c, loop, 0));
    JUMP_TO(KS_OP_JUMP, loop->exit);
    return 1;
}

static int
gen_continue(KsCompiler *c)
{
    KsFrameBlock *loop = NULL;
    KsPos pos = c->unit->pos;
    OP(NOP);
    DO(gen_unwind_all(c, 0, &loop));
    if (loop == NULL)
        return ks_gen_error_at(c, pos, "'continue' not properly in loop");
    JUMP_TO(KS_OP_JUMP, loop->block);
    return 1;
}

static int
gen_raise(KsCompiler *c, KsStmt *s)
{
    int count = 0;
    if (s->v.Raise.exc != NULL) {
        EXPR(s->v.Raise.exc);
        count++;
        if (s->v.Raise.cause != NULL) {
            EXPR(s->v.Raise.cause);
            count++;
        }
    }
    OP_ARG(RAISE_VARARGS, count);
    return 1;
}

static int
gen_assert(KsCompiler *c, KsStmt *s)
{
    KsExpr *test = s->v.Assert.test;
    if ((test->kind == KS_Tuple && KS_LEN(test->v.Tuple.elts) > 0)
        || (test->kind == KS_Constant && PyTuple_Check(test->v.Constant.value)
            && PyTuple_GET_SIZE(test->v.Constant.value) > 0))
        DO(ks_gen_warn(c, "assertion is always true, perhaps remove parentheses?"));
    if (c->optimize)
        return 1;
    NEW_BLOCK(end);
    DO(ks_gen_jump_if(c, test, end, 1));
    OP(LOAD_ASSERTION_ERROR);
    if (s->v.Assert.msg != NULL) {
        EXPR(s->v.Assert.msg);
        OP_ARG(PRECALL, 0);
        OP_ARG(CALL, 0);
    }
    OP_ARG(RAISE_VARARGS, 1);
    START(end);
    return 1;
}

/* ---- imports ---- */

/* A part of a dotted name, interned and owned by the arena. */
static PyObject *
name_part(KsCompiler *c, PyObject *name, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *part = PyUnicode_Substring(name, start, end);
    if (part == NULL)
        return NULL;
    PyUnicode_InternInPlace(&part);
    return ks_arena_own(c->arena, part) < 0 ? NULL : part;
}

static Py_ssize_t
find_dot(PyObject *name, Py_ssize_t start)
{
    return PyUnicode_FindChar(name, '.', start, PyUnicode_GET_LENGTH(name), 1);
}

/* import a.b.c as d: the module is reached attribute by attribute. */
static int
gen_import_as(KsCompiler *c, PyObject *name, PyObject *asname)
{
    Py_ssize_t dot = find_dot(name, 0);
    if (dot < 0)
        return ks_emit_variable(c, asname, KS_Store);
    for (;;) {
        Py_ssize_t start = dot + 1;
        dot = find_dot(name, start);
        PyObject *part = name_part(c, name, start, dot < 0 ? PyUnicode_GET_LENGTH(name) : dot);
        int index = part == NULL ? -1 : ks_name_add(&c->unit->names, c->arena, part);
        DO(index >= 0);
        OP_ARG(IMPORT_FROM, index);
        if (dot < 0)
            break;
        OP_ARG(SWAP, 2);
        OP(POP_TOP);
    }
    STORE(asname);
    OP(POP_TOP);
    return 1;
}

static int
gen_import(KsCompiler *c, KsStmt *s)
{
    for (Py_ssize_t i = 0, n = KS_LEN(s->v.Import.names); i < n; i++) {
        KsAlias *alias = s->v.Import.names->items[i];
        DO(ks_emit_new_const(c, PyLong_FromLong(0)));
        LOAD_NONE();
        DO(ks_emit_name(c, IMPORT_NAME, alias->name));
        if (alias->asname != NULL) {
            DO(gen_import_as(c, alias->name, alias->asname));
            continue;
        }
        PyObject *name = alias->name;
        Py_ssize_t dot = find_dot(name, 0);
        if (dot >= 0)
            DO((name = name_part(c, name, 0, dot)) != NULL);
        STORE(name);
    }
    return 1;
}

static int
gen_import_from(KsCompiler *c, KsStmt *s)
{
    KsAliasSeq *aliases = s->v.ImportFrom.names;
    Py_ssize_t count = KS_LEN(aliases);
    PyObject *module = s->v.ImportFrom.module;
    DO(ks_emit_new_const(c, PyLong_FromLong(s->v.ImportFrom.level)));
    PyObject *names = PyTuple_New(count);
    DO(names != NULL);
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(names, i, Py_NewRef(aliases->items[i]->name));
    if (module != NULL && module == KS_INTERN("__future__")
        && s->lineno > c->st->future.ff_lineno) {
        Py_DECREF(names);
        return ks_gen_error(c, "from __future__ imports must occur at the beginning of the file");
    }
    DO(ks_emit_new_const(c, names));
    DO(ks_emit_name(c, IMPORT_NAME, module != NULL ? module : KS_INTERN("")));
    for (Py_ssize_t i = 0; i < count; i++) {
        KsAlias *alias = aliases->items[i];
        if (i == 0 && PyUnicode_READ_CHAR(alias->name, 0) == '*') {
            OP(IMPORT_STAR);
            return 1;
        }
        DO(ks_emit_name(c, IMPORT_FROM, alias->name));
        STORE(alias->asname != NULL ? alias->asname : alias->name);
    }
    OP(POP_TOP);
    return 1;
}

/* ---- assignments ---- */

static int
gen_assign(KsCompiler *c, KsStmt *s)
{
    Py_ssize_t count = KS_LEN(s->v.Assign.targets);
    EXPR(s->v.Assign.value);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (i + 1 < count)
            OP_ARG(COPY, 1);
        EXPR(s->v.Assign.targets->items[i]);
    }
    return 1;
}

static int
gen_and_drop(KsCompiler *c, KsExpr *e)
{
    EXPR(e);
    OP(POP_TOP);
    return 1;
}

static int
gen_annotated_index(KsCompiler *c, KsExpr *e)
{
    switch (e->kind) {
        case KS_Slice:
            return (e->v.Slice.lower == NULL || gen_and_drop(c, e->v.Slice.lower))
                   && (e->v.Slice.upper == NULL || gen_and_drop(c, e->v.Slice.upper))
                   && (e->v.Slice.step == NULL || gen_and_drop(c, e->v.Slice.step));
        case KS_Tuple:
            for (Py_ssize_t i = 0, n = KS_LEN(e->v.Tuple.elts); i < n; i++)
                DO(gen_annotated_index(c, e->v.Tuple.elts->items[i]));
            return 1;
        default:
            return gen_and_drop(c, e);
    }
}

/* An annotation's value, or its text under the future statement. */
int
ks_gen_annotation(KsCompiler *c, KsExpr *annotation)
{
    if (!(c->flags & CO_FUTURE_ANNOTATIONS))
        return ks_gen_expr(c, annotation);
    return ks_emit_new_const(c, ks_ast_unparse(annotation));
}

static int
gen_annotated_target(KsCompiler *c, KsStmt *s, int has_namespace)
{
    KsExpr *target = s->v.AnnAssign.target;
    int has_value = s->v.AnnAssign.value != NULL;
    switch (target->kind) {
        case KS_Name:
            if (target->v.Name.id == KS_INTERN("__debug__"))
                return ks_gen_error(c, "cannot assign to __debug__");
            if (!s->v.AnnAssign.simple || !has_namespace)
                return 1;
            DO(ks_gen_annotation(c, s->v.AnnAssign.annotation));
            DO(ks_emit_name(c, LOAD_NAME, KS_INTERN("__annotations__")));
            PyObject *name = ks_mangle(c->arena, c->unit->private_name, target->v.Name.id);
            DO(name != NULL && ks_emit_const(c, name));
            OP(STORE_SUBSCR);
            return 1;
        case KS_Attribute:
            if (target->v.Attribute.attr == KS_INTERN("__debug__"))
                return ks_gen_error(c, "cannot assign to __debug__");
            return has_value || gen_and_drop(c, target->v.Attribute.value);
        case KS_Subscript:
            return has_value
                   || (gen_and_drop(c, target->v.Subscript.value)
                       && gen_annotated_index(c, target->v.Subscript.slice));
        default:
            PyErr_Format(PyExc_SystemError, "invalid node type (%d) for annotated assignment",
                         target->kind);
            return 0;
    }
}

int
ks_gen_annotated(KsCompiler *c, KsStmt *s)
{
    int has_namespace = c->unit->kind == KS_UNIT_MODULE || c->unit->kind == KS_UNIT_CLASS;
    if (s->v.AnnAssign.value != NULL) {
        EXPR(s->v.AnnAssign.value);
        EXPR(s->v.AnnAssign.target);
    }
    DO(gen_annotated_target(c, s, has_namespace));
    if (s->v.AnnAssign.simple || (c->flags & CO_FUTURE_ANNOTATIONS) || !has_namespace)
        return 1;
    return gen_and_drop(c, s->v.AnnAssign.annotation);
}

static int
gen_expression_statement(KsCompiler *c, KsExpr *value)
{
    if (c->interactive && c->nested <= 1) {
        EXPR(value);
        OP(PRINT_EXPR);
        return 1;
    }
    if (value->kind == KS_Constant) {
        OP(NOP);
        return 1;
    }
    EXPR(value);
    NO_LINE();
    OP(POP_TOP);
    return 1;
}

/* ---- all statements ---- */

int
ks_gen_stmt(KsCompiler *c, KsStmt *s)
{
    AT(s);
    switch (s->kind) {
        case KS_FunctionDef:
            return ks_gen_function(c, s, 0);
        case KS_AsyncFunctionDef:
            return ks_gen_function(c, s, 1);
        case KS_ClassDef:
            return ks_gen_class(c, s);
        case KS_Return:
            return gen_return(c, s);
        case KS_Delete:
            for (Py_ssize_t i = 0, n = KS_LEN(s->v.Delete.targets); i < n; i++)
                EXPR(s->v.Delete.targets->items[i]);
            return 1;
        case KS_Assign:
            return gen_assign(c, s);
        case KS_AugAssign:
            return ks_gen_augmented(c, s);
        case KS_AnnAssign:
            return ks_gen_annotated(c, s);
        case KS_For:
            return gen_for(c, s);
        case KS_AsyncFor:
            return gen_async_for(c, s);
        case KS_While:
            return gen_while(c, s);
        case KS_If:
            return gen_if(c, s);
        case KS_Match:
            return ks_gen_match(c, s);
        case KS_Raise:
            return gen_raise(c, s);
        case KS_Try:
            return ks_gen_try(c, s);
        case KS_TryStar:
            return ks_gen_try_star(c, s);
        case KS_Assert:
            return gen_assert(c, s);
        case KS_Import:
            return gen_import(c, s);
        case KS_ImportFrom:
            return gen_import_from(c, s);
        case KS_Global:
        case KS_Nonlocal:
            return 1;
        case KS_Expr:
            return gen_expression_statement(c, s->v.Expr.value);
        case KS_Pass:
            return ks_emit(c, NOP, 0);
        case KS_Break:
            return gen_break(c);
        case KS_Continue:
            return gen_continue(c);
        case KS_With:
            return ks_gen_with(c, s, 0);
        case KS_AsyncWith:
            return ks_gen_async_with(c, s, 0);
        default:
            PyErr_SetString(PyExc_SystemError, "unknown kind of statement");
            return 0;
    }
}
