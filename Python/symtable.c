/* SPDX-License-Identifier: MIT */
/* Building the symbol table: one walk over the tree, noting definitions and uses by block.
 *
 * Blocks and symbols live in the compilation's arena; names are interned and compared by address.
 * Errors that depend on the order of statements (a use before its `global`) are found here, those
 * that depend on other blocks in symtable_analyze.c. Annotations under `from __future__ import
 * annotations` get a block that nobody else sees. */
#include "ks_symtable.h"

#define RECURSION_MESSAGE "maximum recursion depth exceeded during compilation"

/* ---- scopes ---- */

KsSymbol *
ks_scope_find(const KsScope *scope, PyObject *name)
{
    int index = ks_name_find(&scope->names, name);
    return index < 0 ? NULL : &scope->symbols[index];
}

KsSymbol *
ks_scope_add(KsSymtable *st, KsScope *scope, PyObject *name)
{
    int before = scope->names.count, index = ks_name_add(&scope->names, st->arena, name);
    if (index < 0)
        return NULL;
    if (index < before)
        return &scope->symbols[index];
    if (index >= scope->symbol_room) {
        int room = scope->symbol_room == 0 ? 8 : scope->symbol_room * 2;
        KsSymbol *symbols = ks_arena_alloc(st->arena, (size_t)room * sizeof(KsSymbol));
        if (symbols == NULL)
            return NULL;
        if (before > 0)
            memcpy(symbols, scope->symbols, (size_t)before * sizeof(KsSymbol));
        scope->symbols = symbols;
        scope->symbol_room = room;
    }
    scope->symbols[index] = (KsSymbol){0};
    return &scope->symbols[index];
}

static unsigned
node_hash(const void *node)
{
    return (unsigned)((uint64_t)(uintptr_t)node * 0x9E3779B97F4A7C15u >> 32);
}

KsScope *
ks_symtable_lookup(KsSymtable *st, void *node)
{
    for (unsigned place = node_hash(node);; place++) {
        KsScope *scope = st->by_node[place & (unsigned)st->table_mask];
        if (scope == NULL) {
            PyErr_SetString(PyExc_KeyError, "unknown symbol table entry");
            return NULL;
        }
        if (scope->node == node)
            return scope;
    }
}

static int
scope_register(KsSymtable *st, KsScope *scope)
{
    if (st->block_count * 2 >= st->table_mask) {
        int size = st->table_mask == 0 ? 64 : (st->table_mask + 1) * 4;
        KsScope **table = ks_arena_alloc(st->arena, (size_t)size * sizeof(KsScope *));
        if (table == NULL)
            return 0;
        memset(table, 0, (size_t)size * sizeof(KsScope *));
        int old_size = st->by_node == NULL ? 0 : st->table_mask + 1;
        for (int i = 0; i < old_size; i++) {
            if (st->by_node[i] == NULL)
                continue;
            unsigned place = node_hash(st->by_node[i]->node);
            while (table[place & (unsigned)(size - 1)] != NULL)
                place++;
            table[place & (unsigned)(size - 1)] = st->by_node[i];
        }
        st->by_node = table;
        st->table_mask = size - 1;
    }
    unsigned place = node_hash(scope->node);
    while (st->by_node[place & (unsigned)st->table_mask] != NULL)
        place++;
    st->by_node[place & (unsigned)st->table_mask] = scope;
    st->block_count++;
    return 1;
}

static int
enter_scope(KsSymtable *st, PyObject *name, _Py_block_ty type, void *node, KsPos pos)
{
    KsScope *scope = ks_arena_alloc(st->arena, sizeof(KsScope)), *parent = st->current;
    if (scope == NULL || name == NULL)
        return 0;
    *scope = (KsScope){.type = type, .name = name, .node = node, .parent = parent, .pos = pos};
    scope->nested = parent != NULL && (parent->nested || parent->type == FunctionBlock);
    scope->comp_iter_expr = parent != NULL ? parent->comp_iter_expr : 0;
    st->current = scope;
    if (type == AnnotationBlock)
        return 1;
    if (parent != NULL) {
        if (parent->last_child == NULL)
            parent->first_child = scope;
        else
            parent->last_child->next_sibling = scope;
        parent->last_child = scope;
    }
    return scope_register(st, scope);
}

static void
exit_scope(KsSymtable *st)
{
    st->current = st->current->parent;
}

/* ---- definitions and uses ---- */

static int
define_in(KsSymtable *st, KsScope *scope, PyObject *name, int flag, KsPos pos)
{
    PyObject *mangled = name == NULL ? NULL : ks_mangle(st->arena, st->private_name, name);
    KsSymbol *symbol = mangled == NULL ? NULL : ks_scope_add(st, scope, mangled);
    if (symbol == NULL)
        return 0;
    if ((flag & DEF_PARAM) && (symbol->flags & DEF_PARAM))
        return ks_syntax_error_at(st->filename, pos,
                                  "duplicate argument '%U' in function definition", name);
    symbol->flags |= (short)flag;
    if (scope->comp_iter_target) {
        if (symbol->flags & (DEF_GLOBAL | DEF_NONLOCAL))
            return ks_syntax_error_at(
                st->filename, pos,
                "comprehension inner loop cannot rebind assignment expression target '%U'", name);
        symbol->flags |= DEF_COMP_ITER;
    }
    if (flag & DEF_PARAM)
        return ks_name_add(&scope->params, st->arena, mangled) >= 0;
    if ((flag & DEF_GLOBAL) && scope != st->top) {
        KsSymbol *global = ks_scope_add(st, st->top, mangled);
        if (global == NULL)
            return 0;
        global->flags |= (short)flag;
    }
    return 1;
}

static int
define(KsSymtable *st, PyObject *name, int flag, KsPos pos)
{
    return define_in(st, st->current, name, flag, pos);
}

static int
flags_of(KsSymtable *st, KsScope *scope, PyObject *name, int *flags)
{
    PyObject *mangled = ks_mangle(st->arena, st->private_name, name);
    if (mangled == NULL)
        return 0;
    KsSymbol *symbol = ks_scope_find(scope, mangled);
    *flags = symbol == NULL ? 0 : symbol->flags;
    return 1;
}

static int
record_directive(KsSymtable *st, PyObject *name, KsPos pos)
{
    KsDirective *directive = ks_arena_alloc(st->arena, sizeof(KsDirective));
    PyObject *mangled = ks_mangle(st->arena, st->private_name, name);
    if (directive == NULL || mangled == NULL)
        return 0;
    *directive = (KsDirective){NULL, mangled, pos};
    KsDirective **end = &st->current->directives;
    while (*end != NULL)
        end = &(*end)->next;
    *end = directive;
    return 1;
}

static int
enter_level(KsSymtable *st)
{
    if (++st->depth > st->depth_limit) {
        PyErr_SetString(PyExc_RecursionError, RECURSION_MESSAGE);
        st->depth--;
        return 0;
    }
    return 1;
}

/* ---- the walk ---- */

static int visit_stmt(KsSymtable *st, KsStmt *s);
static int visit_expr(KsSymtable *st, KsExpr *e);
static int visit_pattern(KsSymtable *st, KsPattern *p);

static int
visit_stmts(KsSymtable *st, KsStmtSeq *body)
{
    for (Py_ssize_t i = 0, n = KS_LEN(body); i < n; i++) {
        if (!visit_stmt(st, body->items[i]))
            return 0;
    }
    return 1;
}

/* Items may be NULL (dictionary unpacking, keyword-only arguments without default). */
static int
visit_exprs(KsSymtable *st, KsExprSeq *exprs)
{
    for (Py_ssize_t i = 0, n = KS_LEN(exprs); i < n; i++) {
        if (exprs->items[i] != NULL && !visit_expr(st, exprs->items[i]))
            return 0;
    }
    return 1;
}

static int
visit_optional(KsSymtable *st, KsExpr *e)
{
    return e == NULL || visit_expr(st, e);
}

static int
visit_keywords(KsSymtable *st, KsKeywordSeq *keywords)
{
    for (Py_ssize_t i = 0, n = KS_LEN(keywords); i < n; i++) {
        if (!visit_expr(st, keywords->items[i]->value))
            return 0;
    }
    return 1;
}

static int
visit_arg(KsSymtable *st, KsArg *arg)
{
    return define(st, arg->arg, DEF_PARAM, KS_POS(arg));
}

static int
visit_args(KsSymtable *st, KsArgSeq *args)
{
    for (Py_ssize_t i = 0, n = KS_LEN(args); i < n; i++) {
        if (!visit_arg(st, args->items[i]))
            return 0;
    }
    return 1;
}

static int
visit_arguments(KsSymtable *st, KsArguments *a)
{
    if (!visit_args(st, a->posonlyargs) || !visit_args(st, a->args)
        || !visit_args(st, a->kwonlyargs))
        return 0;
    if (a->vararg != NULL) {
        if (!visit_arg(st, a->vararg))
            return 0;
        st->current->varargs = 1;
    }
    if (a->kwarg != NULL) {
        if (!visit_arg(st, a->kwarg))
            return 0;
        st->current->varkeywords = 1;
    }
    return 1;
}

static int
has_future_annotations(KsSymtable *st)
{
    return (st->future.ff_features & CO_FUTURE_ANNOTATIONS) != 0;
}

static int
visit_annotation(KsSymtable *st, KsExpr *annotation)
{
    int hidden = has_future_annotations(st);
    if (hidden
        && !enter_scope(st, KS_INTERN("_annotation"), AnnotationBlock, annotation, KS_POS(annotation)))
        return 0;
    if (!visit_expr(st, annotation))
        return 0;
    if (hidden)
        exit_scope(st);
    return 1;
}

static int
visit_arg_annotations(KsSymtable *st, KsArgSeq *args)
{
    for (Py_ssize_t i = 0, n = KS_LEN(args); i < n; i++) {
        if (!visit_optional(st, args->items[i]->annotation))
            return 0;
    }
    return 1;
}

static int
visit_annotations(KsSymtable *st, KsStmt *s, KsArguments *a, KsExpr *returns)
{
    int hidden = has_future_annotations(st);
    if (hidden && !enter_scope(st, KS_INTERN("_annotation"), AnnotationBlock, s, KS_POS(s)))
        return 0;
    if (!visit_arg_annotations(st, a->posonlyargs) || !visit_arg_annotations(st, a->args)
        || (a->vararg != NULL && !visit_optional(st, a->vararg->annotation))
        || (a->kwarg != NULL && !visit_optional(st, a->kwarg->annotation))
        || !visit_arg_annotations(st, a->kwonlyargs))
        return 0;
    if (hidden)
        exit_scope(st);
    return returns == NULL || visit_annotation(st, returns);
}

static int
visit_function(KsSymtable *st, KsStmt *s, int is_async)
{
    /* Both kinds of function have the same fields in the same places. */
    KsArguments *args = s->v.FunctionDef.args;
    if (!define(st, s->v.FunctionDef.name, DEF_LOCAL, KS_POS(s))
        || !visit_exprs(st, args->defaults) || !visit_exprs(st, args->kw_defaults)
        || !visit_annotations(st, s, args, s->v.FunctionDef.returns)
        || !visit_exprs(st, s->v.FunctionDef.decorator_list)
        || !enter_scope(st, s->v.FunctionDef.name, FunctionBlock, s, KS_POS(s)))
        return 0;
    st->current->coroutine = is_async;
    if (!visit_arguments(st, args) || !visit_stmts(st, s->v.FunctionDef.body))
        return 0;
    exit_scope(st);
    return 1;
}

static int
visit_class(KsSymtable *st, KsStmt *s)
{
    if (!define(st, s->v.ClassDef.name, DEF_LOCAL, KS_POS(s))
        || !visit_exprs(st, s->v.ClassDef.bases) || !visit_keywords(st, s->v.ClassDef.keywords)
        || !visit_exprs(st, s->v.ClassDef.decorator_list)
        || !enter_scope(st, s->v.ClassDef.name, ClassBlock, s, KS_POS(s)))
        return 0;
    PyObject *outer = st->private_name;
    st->private_name = s->v.ClassDef.name;
    if (!visit_stmts(st, s->v.ClassDef.body))
        return 0;
    st->private_name = outer;
    exit_scope(st);
    return 1;
}

static int
visit_annotated_assignment(KsSymtable *st, KsStmt *s)
{
    KsExpr *target = s->v.AnnAssign.target;
    if (target->kind == KS_Name) {
        int flags, simple = s->v.AnnAssign.simple;
        if (!flags_of(st, st->current, target->v.Name.id, &flags))
            return 0;
        if ((flags & (DEF_GLOBAL | DEF_NONLOCAL)) && st->current != st->top && simple)
            return ks_syntax_error_at(st->filename, KS_POS(s),
                                      flags & DEF_GLOBAL ? "annotated name '%U' can't be global"
                                                         : "annotated name '%U' can't be nonlocal",
                                      target->v.Name.id);
        if (simple) {
            if (!define(st, target->v.Name.id, DEF_ANNOT | DEF_LOCAL, KS_POS(target)))
                return 0;
        }
        else if (s->v.AnnAssign.value != NULL
                 && !define(st, target->v.Name.id, DEF_LOCAL, KS_POS(target)))
            return 0;
    }
    else if (!visit_expr(st, target))
        return 0;
    return visit_annotation(st, s->v.AnnAssign.annotation)
           && visit_optional(st, s->v.AnnAssign.value);
}

/* global and nonlocal statements; what is the word for messages. */
static int
visit_directive(KsSymtable *st, KsStmt *s, KsNameSeq *names, int flag)
{
    int is_global = flag == DEF_GLOBAL;
    for (Py_ssize_t i = 0, n = KS_LEN(names); i < n; i++) {
        PyObject *name = names->items[i];
        int flags;
        if (!flags_of(st, st->current, name, &flags))
            return 0;
        if (flags & (DEF_PARAM | DEF_LOCAL | USE | DEF_ANNOT)) {
            const char *format =
                flags & DEF_PARAM   ? (is_global ? "name '%U' is parameter and global"
                                                 : "name '%U' is parameter and nonlocal")
                : flags & USE       ? (is_global ? "name '%U' is used prior to global declaration"
                                                 : "name '%U' is used prior to nonlocal declaration")
                : flags & DEF_ANNOT ? (is_global ? "annotated name '%U' can't be global"
                                                 : "annotated name '%U' can't be nonlocal")
                : is_global         ? "name '%U' is assigned to before global declaration"
                                    : "name '%U' is assigned to before nonlocal declaration";
            return ks_syntax_error_at(st->filename, KS_POS(s), format, name);
        }
        if (!define(st, name, flag, KS_POS(s)) || !record_directive(st, name, KS_POS(s)))
            return 0;
    }
    return 1;
}

static int
visit_alias(KsSymtable *st, KsAlias *alias)
{
    PyObject *name = alias->asname != NULL ? alias->asname : alias->name;
    if (name == KS_INTERN("*")) {
        if (st->current->type != ModuleBlock)
            return ks_syntax_error_at(st->filename, KS_POS(alias),
                                      "import * only allowed at module level");
        return 1;
    }
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), 1);
    if (dot >= 0) {
        name = PyUnicode_Substring(name, 0, dot);
        if (name == NULL)
            return 0;
        PyUnicode_InternInPlace(&name);
        if (ks_arena_own(st->arena, name) < 0)
            return 0;
    }
    return define(st, name, DEF_IMPORT, KS_POS(alias));
}

static int
visit_aliases(KsSymtable *st, KsAliasSeq *names)
{
    for (Py_ssize_t i = 0, n = KS_LEN(names); i < n; i++) {
        if (!visit_alias(st, names->items[i]))
            return 0;
    }
    return 1;
}

static int
visit_try(KsSymtable *st, KsStmt *s)
{
    /* try and try-star have the same fields in the same places. */
    KsExceptHandlerSeq *handlers = s->v.Try.handlers;
    if (!visit_stmts(st, s->v.Try.body) || !visit_stmts(st, s->v.Try.orelse))
        return 0;
    for (Py_ssize_t i = 0, n = KS_LEN(handlers); i < n; i++) {
        KsExceptHandler *handler = handlers->items[i];
        if (!visit_optional(st, handler->v.ExceptHandler.type)
            || (handler->v.ExceptHandler.name != NULL
                && !define(st, handler->v.ExceptHandler.name, DEF_LOCAL, KS_POS(handler)))
            || !visit_stmts(st, handler->v.ExceptHandler.body))
            return 0;
    }
    return visit_stmts(st, s->v.Try.finalbody);
}

static int
visit_with(KsSymtable *st, KsWithitemSeq *items, KsStmtSeq *body)
{
    for (Py_ssize_t i = 0, n = KS_LEN(items); i < n; i++) {
        if (!visit_expr(st, items->items[i]->context_expr)
            || !visit_optional(st, items->items[i]->optional_vars))
            return 0;
    }
    return visit_stmts(st, body);
}

static int
visit_match(KsSymtable *st, KsStmt *s)
{
    if (!visit_expr(st, s->v.Match.subject))
        return 0;
    for (Py_ssize_t i = 0, n = KS_LEN(s->v.Match.cases); i < n; i++) {
        KsMatchCase *c = s->v.Match.cases->items[i];
        if (!visit_pattern(st, c->pattern) || !visit_optional(st, c->guard)
            || !visit_stmts(st, c->body))
            return 0;
    }
    return 1;
}

static int
visit_stmt_inner(KsSymtable *st, KsStmt *s)
{
    switch (s->kind) {
        case KS_FunctionDef:
            return visit_function(st, s, 0);
        case KS_AsyncFunctionDef:
            return visit_function(st, s, 1);
        case KS_ClassDef:
            return visit_class(st, s);
        case KS_Return:
            if (s->v.Return.value == NULL)
                return 1;
            st->current->returns_value = 1;
            return visit_expr(st, s->v.Return.value);
        case KS_Delete:
            return visit_exprs(st, s->v.Delete.targets);
        case KS_Assign:
            return visit_exprs(st, s->v.Assign.targets) && visit_expr(st, s->v.Assign.value);
        case KS_AnnAssign:
            return visit_annotated_assignment(st, s);
        case KS_AugAssign:
            return visit_expr(st, s->v.AugAssign.target) && visit_expr(st, s->v.AugAssign.value);
        case KS_For:
        case KS_AsyncFor:
            return visit_expr(st, s->v.For.target) && visit_expr(st, s->v.For.iter)
                   && visit_stmts(st, s->v.For.body) && visit_stmts(st, s->v.For.orelse);
        case KS_While:
            return visit_expr(st, s->v.While.test) && visit_stmts(st, s->v.While.body)
                   && visit_stmts(st, s->v.While.orelse);
        case KS_If:
            return visit_expr(st, s->v.If.test) && visit_stmts(st, s->v.If.body)
                   && visit_stmts(st, s->v.If.orelse);
        case KS_Match:
            return visit_match(st, s);
        case KS_Raise:
            return visit_optional(st, s->v.Raise.exc) && visit_optional(st, s->v.Raise.cause);
        case KS_Try:
        case KS_TryStar:
            return visit_try(st, s);
        case KS_Assert:
            return visit_expr(st, s->v.Assert.test) && visit_optional(st, s->v.Assert.msg);
        case KS_Import:
            return visit_aliases(st, s->v.Import.names);
        case KS_ImportFrom:
            return visit_aliases(st, s->v.ImportFrom.names);
        case KS_Global:
            return visit_directive(st, s, s->v.Global.names, DEF_GLOBAL);
        case KS_Nonlocal:
            return visit_directive(st, s, s->v.Nonlocal.names, DEF_NONLOCAL);
        case KS_Expr:
            return visit_expr(st, s->v.Expr.value);
        case KS_With:
        case KS_AsyncWith:
            return visit_with(st, s->v.With.items, s->v.With.body);
        default:
            return 1;
    }
}

static int
visit_stmt(KsSymtable *st, KsStmt *s)
{
    if (!enter_level(st))
        return 0;
    int ok = visit_stmt_inner(st, s);
    st->depth--;
    return ok;
}

/* ---- expressions ---- */

static int
refuse_in_annotation(KsSymtable *st, const char *what, KsExpr *e)
{
    if (st->current->type != AnnotationBlock)
        return 1;
    return ks_syntax_error_at(st->filename, KS_POS(e), "'%s' can not be used within an annotation",
                              what);
}

static int
visit_yield(KsSymtable *st, KsExpr *e, KsExpr *value)
{
    static const char *const kinds[] = {
        [ListComprehension] = "'yield' inside list comprehension",
        [SetComprehension] = "'yield' inside set comprehension",
        [DictComprehension] = "'yield' inside dict comprehension",
        [GeneratorExpression] = "'yield' inside generator expression",
    };
    if (!refuse_in_annotation(st, "yield expression", e) || !visit_optional(st, value))
        return 0;
    st->current->generator = 1;
    if (st->current->comprehension != NoComprehension)
        return ks_syntax_error_at(st->filename, KS_POS(e), kinds[st->current->comprehension]);
    return 1;
}

/* The target of := in a comprehension belongs to the nearest block that is none. */
static int
bind_outside_comprehension(KsSymtable *st, KsExpr *target)
{
    PyObject *name = target->v.Name.id;
    KsPos pos = KS_POS(target);
    for (KsScope *scope = st->current; scope != NULL; scope = scope->parent) {
        int flags;
        if (!flags_of(st, scope, name, &flags))
            return 0;
        if (scope->comprehension != NoComprehension) {
            if (flags & DEF_COMP_ITER)
                return ks_syntax_error_at(
                    st->filename, pos,
                    "assignment expression cannot rebind comprehension iteration variable '%U'", name);
            continue;
        }
        if (scope->type == FunctionBlock)
            return define(st, name, flags & DEF_GLOBAL ? DEF_GLOBAL : DEF_NONLOCAL, pos)
                   && record_directive(st, name, pos)
                   && define_in(st, scope, name, DEF_LOCAL, pos);
        if (scope->type == ModuleBlock)
            return define(st, name, DEF_GLOBAL, pos) && record_directive(st, name, pos)
                   && define_in(st, scope, name, DEF_GLOBAL, pos);
        if (scope->type == ClassBlock)
            return ks_syntax_error_at(
                st->filename, pos,
                "assignment expression within a comprehension cannot be used in a class body");
    }
    return 1;
}

static int
visit_named(KsSymtable *st, KsExpr *e)
{
    if (!refuse_in_annotation(st, "named expression", e))
        return 0;
    if (st->current->comp_iter_expr > 0)
        return ks_syntax_error_at(
            st->filename, KS_POS(e),
            "assignment expression cannot be used in a comprehension iterable expression");
    if (st->current->comprehension != NoComprehension
        && !bind_outside_comprehension(st, e->v.NamedExpr.target))
        return 0;
    return visit_expr(st, e->v.NamedExpr.value) && visit_expr(st, e->v.NamedExpr.target);
}

static int
visit_lambda(KsSymtable *st, KsExpr *e)
{
    KsArguments *args = e->v.Lambda.args;
    if (!visit_exprs(st, args->defaults) || !visit_exprs(st, args->kw_defaults)
        || !enter_scope(st, KS_INTERN("lambda"), FunctionBlock, e, KS_POS(e))
        || !visit_arguments(st, args) || !visit_expr(st, e->v.Lambda.body))
        return 0;
    exit_scope(st);
    return 1;
}

static int
visit_target(KsSymtable *st, KsExpr *target)
{
    st->current->comp_iter_target = 1;
    int ok = visit_expr(st, target);
    st->current->comp_iter_target = 0;
    return ok;
}

static int
visit_iterable(KsSymtable *st, KsExpr *iterable)
{
    st->current->comp_iter_expr++;
    int ok = visit_expr(st, iterable);
    st->current->comp_iter_expr--;
    return ok;
}

/* value is the second part of a dictionary's pairs, or NULL. */
static int
visit_comprehension(KsSymtable *st, KsExpr *e, PyObject *name, _Py_comprehension_ty kind,
                    KsComprehensionSeq *generators, KsExpr *element, KsExpr *value)
{
    KsComprehension *outermost = generators->items[0];
    int is_generator = kind == GeneratorExpression;
    /* The outermost iterable is evaluated outside and handed in as argument .0 */
    if (!visit_iterable(st, outermost->iter)
        || !enter_scope(st, name, FunctionBlock, e, KS_POS(e)))
        return 0;
    st->current->comprehension = kind;
    st->current->coroutine = outermost->is_async != 0;
    PyObject *implicit = KS_INTERN(".0");
    if (implicit == NULL || !define(st, implicit, DEF_PARAM, st->current->pos)
        || !visit_target(st, outermost->target) || !visit_exprs(st, outermost->ifs))
        return 0;
    for (Py_ssize_t i = 1; i < generators->count; i++) {
        KsComprehension *inner = generators->items[i];
        if (!visit_target(st, inner->target) || !visit_iterable(st, inner->iter)
            || !visit_exprs(st, inner->ifs))
            return 0;
        if (inner->is_async)
            st->current->coroutine = 1;
    }
    if (!visit_optional(st, value) || !visit_expr(st, element))
        return 0;
    st->current->generator = is_generator;
    int is_async = st->current->coroutine && !is_generator;
    exit_scope(st);
    if (is_async)
        st->current->coroutine = 1;
    return 1;
}

static int
visit_name(KsSymtable *st, KsExpr *e)
{
    int is_load = e->v.Name.ctx == KS_Load;
    if (!define(st, e->v.Name.id, is_load ? USE : DEF_LOCAL, KS_POS(e)))
        return 0;
    /* super() without arguments reads the cell of the class. */
    if (is_load && e->v.Name.id == KS_INTERN("super") && st->current->type == FunctionBlock)
        return define(st, KS_INTERN("__class__"), USE, KS_POS(e));
    return 1;
}

static int
visit_expr_inner(KsSymtable *st, KsExpr *e)
{
    switch (e->kind) {
        case KS_NamedExpr:
            return visit_named(st, e);
        case KS_BoolOp:
            return visit_exprs(st, e->v.BoolOp.values);
        case KS_BinOp:
            return visit_expr(st, e->v.BinOp.left) && visit_expr(st, e->v.BinOp.right);
        case KS_UnaryOp:
            return visit_expr(st, e->v.UnaryOp.operand);
        case KS_Lambda:
            return visit_lambda(st, e);
        case KS_IfExp:
            return visit_expr(st, e->v.IfExp.test) && visit_expr(st, e->v.IfExp.body)
                   && visit_expr(st, e->v.IfExp.orelse);
        case KS_Dict:
            return visit_exprs(st, e->v.Dict.keys) && visit_exprs(st, e->v.Dict.values);
        case KS_Set:
            return visit_exprs(st, e->v.Set.elts);
        case KS_GeneratorExp:
            return visit_comprehension(st, e, KS_INTERN("genexpr"), GeneratorExpression,
                                       e->v.GeneratorExp.generators, e->v.GeneratorExp.elt, NULL);
        case KS_ListComp:
            return visit_comprehension(st, e, KS_INTERN("listcomp"), ListComprehension,
                                       e->v.ListComp.generators, e->v.ListComp.elt, NULL);
        case KS_SetComp:
            return visit_comprehension(st, e, KS_INTERN("setcomp"), SetComprehension,
                                       e->v.SetComp.generators, e->v.SetComp.elt, NULL);
        case KS_DictComp:
            return visit_comprehension(st, e, KS_INTERN("dictcomp"), DictComprehension,
                                       e->v.DictComp.generators, e->v.DictComp.key,
                                       e->v.DictComp.value);
        case KS_Yield:
            return visit_yield(st, e, e->v.Yield.value);
        case KS_YieldFrom:
            return visit_yield(st, e, e->v.YieldFrom.value);
        case KS_Await:
            if (!refuse_in_annotation(st, "await expression", e)
                || !visit_expr(st, e->v.Await.value))
                return 0;
            st->current->coroutine = 1;
            return 1;
        case KS_Compare:
            return visit_expr(st, e->v.Compare.left) && visit_exprs(st, e->v.Compare.comparators);
        case KS_Call:
            return visit_expr(st, e->v.Call.func) && visit_exprs(st, e->v.Call.args)
                   && visit_keywords(st, e->v.Call.keywords);
        case KS_FormattedValue:
            return visit_expr(st, e->v.FormattedValue.value)
                   && visit_optional(st, e->v.FormattedValue.format_spec);
        case KS_JoinedStr:
            return visit_exprs(st, e->v.JoinedStr.values);
        case KS_Attribute:
            return visit_expr(st, e->v.Attribute.value);
        case KS_Subscript:
            return visit_expr(st, e->v.Subscript.value) && visit_expr(st, e->v.Subscript.slice);
        case KS_Starred:
            return visit_expr(st, e->v.Starred.value);
        case KS_Slice:
            return visit_optional(st, e->v.Slice.lower) && visit_optional(st, e->v.Slice.upper)
                   && visit_optional(st, e->v.Slice.step);
        case KS_Name:
            return visit_name(st, e);
        case KS_List:
            return visit_exprs(st, e->v.List.elts);
        case KS_Tuple:
            return visit_exprs(st, e->v.Tuple.elts);
        default:
            return 1;
    }
}

static int
visit_expr(KsSymtable *st, KsExpr *e)
{
    if (!enter_level(st))
        return 0;
    int ok = visit_expr_inner(st, e);
    st->depth--;
    return ok;
}

/* ---- patterns ---- */

static int
visit_patterns(KsSymtable *st, KsPatternSeq *patterns)
{
    for (Py_ssize_t i = 0, n = KS_LEN(patterns); i < n; i++) {
        if (!visit_pattern(st, patterns->items[i]))
            return 0;
    }
    return 1;
}

static int
visit_capture(KsSymtable *st, KsPattern *p, PyObject *name)
{
    return name == NULL || define(st, name, DEF_LOCAL, KS_POS(p));
}

static int
visit_pattern_inner(KsSymtable *st, KsPattern *p)
{
    switch (p->kind) {
        case KS_MatchValue:
            return visit_expr(st, p->v.MatchValue.value);
        case KS_MatchSequence:
            return visit_patterns(st, p->v.MatchSequence.patterns);
        case KS_MatchStar:
            return visit_capture(st, p, p->v.MatchStar.name);
        case KS_MatchMapping:
            return visit_exprs(st, p->v.MatchMapping.keys)
                   && visit_patterns(st, p->v.MatchMapping.patterns)
                   && visit_capture(st, p, p->v.MatchMapping.rest);
        case KS_MatchClass:
            return visit_expr(st, p->v.MatchClass.cls)
                   && visit_patterns(st, p->v.MatchClass.patterns)
                   && visit_patterns(st, p->v.MatchClass.kwd_patterns);
        case KS_MatchAs:
            return (p->v.MatchAs.pattern == NULL || visit_pattern(st, p->v.MatchAs.pattern))
                   && visit_capture(st, p, p->v.MatchAs.name);
        case KS_MatchOr:
            return visit_patterns(st, p->v.MatchOr.patterns);
        default:
            return 1;
    }
}

static int
visit_pattern(KsSymtable *st, KsPattern *p)
{
    if (!enter_level(st))
        return 0;
    int ok = visit_pattern_inner(st, p);
    st->depth--;
    return ok;
}

/* ---- the module ---- */

static int
visit_module(KsSymtable *st, KsMod *mod)
{
    switch (mod->kind) {
        case KS_Module:
            return visit_stmts(st, mod->v.Module.body);
        case KS_Expression:
            return visit_expr(st, mod->v.Expression.body);
        case KS_Interactive:
            return visit_stmts(st, mod->v.Interactive.body);
        default:
            PyErr_SetString(PyExc_RuntimeError, "this compiler does not handle FunctionTypes");
            return 0;
    }
}

KsSymtable *
ks_symtable_build(KsMod *mod, PyObject *filename, PyFutureFeatures *future, KsArena *arena)
{
    KsSymtable *st = ks_arena_alloc(arena, sizeof(KsSymtable));
    if (st == NULL)
        return NULL;
    *st = (KsSymtable){.arena = arena, .filename = filename, .future = *future};
    ks_recursion_start(&st->depth, &st->depth_limit);
    int start = st->depth;
    if (!enter_scope(st, KS_INTERN("top"), ModuleBlock, mod, (KsPos){0, 0, 0, 0}))
        return NULL;
    st->top = st->current;
    if (!visit_module(st, mod))
        return NULL;
    if (st->depth != start) {
        PyErr_SetString(PyExc_SystemError, "symbol table recursion is out of balance");
        return NULL;
    }
    return ks_symtable_analyze(st) ? st : NULL;
}
