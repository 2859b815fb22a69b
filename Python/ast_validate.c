/* SPDX-License-Identifier: MIT */
/* The rules that the node classes alone do not enforce: contexts, non-empty bodies, allowed
 * constants, positions. Trees from the parser obey them; trees that a program built are checked
 * here before they are compiled. All functions answer 1, or 0 with the exception set. */
#include "ks_ast.h"

#include "pycore_pystate.h"

typedef struct Check {
    int depth, limit;
} Check;

static int check_expr(Check *check, KsExpr *expr, KsExprContext context);
static int check_stmts(Check *check, KsStmtSeq *stmts);
static int check_pattern(Check *check, KsPattern *pattern, int star_ok);

static int
refuse(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return 0;
}

static int
enter(Check *check)
{
    if (++check->depth <= check->limit)
        return 1;
    PyErr_SetString(PyExc_RecursionError,
                    "maximum recursion depth exceeded during compilation");
    return 0;
}

static int
check_position(KsPos pos)
{
    if (pos.lineno > pos.end_lineno)
        PyErr_Format(PyExc_ValueError, "AST node line range (%d, %d) is not valid", pos.lineno,
                     pos.end_lineno);
    else if ((pos.lineno < 0 && pos.end_lineno != pos.lineno) ||
             (pos.col_offset < 0 && pos.col_offset != pos.end_col_offset))
        PyErr_Format(PyExc_ValueError,
                     "AST node column range (%d, %d) for line range (%d, %d) is not valid",
                     pos.col_offset, pos.end_col_offset, pos.lineno, pos.end_lineno);
    else if (pos.lineno == pos.end_lineno && pos.col_offset > pos.end_col_offset)
        PyErr_Format(PyExc_ValueError, "line %d, column %d-%d is not a valid range", pos.lineno,
                     pos.col_offset, pos.end_col_offset);
    else
        return 1;
    return 0;
}

static int
check_name(PyObject *name)
{
    static const char *const reserved[] = {"None", "True", "False"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(reserved); i++) {
        if (_PyUnicode_EqualToASCIIString(name, reserved[i])) {
            PyErr_Format(PyExc_ValueError, "identifier field can't represent '%s' constant",
                         reserved[i]);
            return 0;
        }
    }
    return 1;
}

static int
check_filled(Py_ssize_t count, const char *what, const char *owner)
{
    if (count > 0)
        return 1;
    PyErr_Format(PyExc_ValueError, "empty %s on %s", what, owner);
    return 0;
}

/* ---- expressions ---- */

static int
check_exprs(Check *check, KsExprSeq *exprs, KsExprContext context, int null_ok)
{
    for (Py_ssize_t i = 0; i < KS_LEN(exprs); i++) {
        if (exprs->items[i] != NULL) {
            if (!check_expr(check, exprs->items[i], context))
                return 0;
        }
        else if (!null_ok)
            return refuse("None disallowed in expression list");
    }
    return 1;
}

static int
check_optional(Check *check, KsExpr *expr)
{
    return expr == NULL || check_expr(check, expr, KS_Load);
}

static int
check_clauses(Check *check, KsComprehensionSeq *clauses)
{
    if (KS_LEN(clauses) == 0)
        return refuse("comprehension with no generators");
    for (Py_ssize_t i = 0; i < clauses->count; i++) {
        KsComprehension *clause = clauses->items[i];
        if (!check_expr(check, clause->target, KS_Store) ||
            !check_expr(check, clause->iter, KS_Load) ||
            !check_exprs(check, clause->ifs, KS_Load, 0))
            return 0;
    }
    return 1;
}

static int
check_keywords(Check *check, KsKeywordSeq *keywords)
{
    for (Py_ssize_t i = 0; i < KS_LEN(keywords); i++) {
        if (!check_expr(check, keywords->items[i]->value, KS_Load))
            return 0;
    }
    return 1;
}

static int
check_arg(Check *check, KsArg *arg)
{
    return arg == NULL ||
           (check_position(KS_POS(arg)) && check_optional(check, arg->annotation));
}

static int
check_args(Check *check, KsArgSeq *args)
{
    for (Py_ssize_t i = 0; i < KS_LEN(args); i++) {
        if (!check_arg(check, args->items[i]))
            return 0;
    }
    return 1;
}

static int
check_arguments(Check *check, KsArguments *args)
{
    if (!check_args(check, args->posonlyargs) || !check_args(check, args->args) ||
        (args->vararg && !check_optional(check, args->vararg->annotation)) ||
        !check_args(check, args->kwonlyargs) ||
        (args->kwarg && !check_optional(check, args->kwarg->annotation)))
        return 0;
    if (KS_LEN(args->defaults) > KS_LEN(args->posonlyargs) + KS_LEN(args->args))
        return refuse("more positional defaults than args on arguments");
    if (KS_LEN(args->kw_defaults) != KS_LEN(args->kwonlyargs))
        return refuse("length of kwonlyargs is not the same as kw_defaults on arguments");
    return check_exprs(check, args->defaults, KS_Load, 0) &&
           check_exprs(check, args->kw_defaults, KS_Load, 1);
}

static int
check_constant(Check *check, PyObject *value)
{
    if (value == Py_None || value == Py_Ellipsis || PyLong_CheckExact(value) ||
        PyFloat_CheckExact(value) || PyComplex_CheckExact(value) || PyBool_Check(value) ||
        PyUnicode_CheckExact(value) || PyBytes_CheckExact(value))
        return 1;
    if (PyTuple_CheckExact(value) || PyFrozenSet_CheckExact(value)) {
        if (!enter(check))
            return 0;
        KS_OWNED PyObject *iterator = PyObject_GetIter(value);
        if (iterator == NULL)
            return 0;
        for (;;) {
            KS_OWNED PyObject *item = PyIter_Next(iterator);
            if (item == NULL)
                break;
            if (!check_constant(check, item))
                return 0;
        }
        check->depth--;
        return !PyErr_Occurred();
    }
    PyErr_Format(PyExc_TypeError, "got an invalid type in Constant: %s",
                 _PyType_Name(Py_TYPE(value)));
    return 0;
}

static const char *
context_name(KsExprContext context)
{
    return context == KS_Load ? "Load" : context == KS_Store ? "Store" : "Del";
}

/* Whether the expression is meant for what it is used for. */
static int
check_context(KsExpr *expr, KsExprContext wanted)
{
    KsExprContext actual;
    switch (expr->kind) {
    case KS_Attribute: actual = expr->v.Attribute.ctx; break;
    case KS_Subscript: actual = expr->v.Subscript.ctx; break;
    case KS_Starred: actual = expr->v.Starred.ctx; break;
    case KS_Name:
        if (!check_name(expr->v.Name.id))
            return 0;
        actual = expr->v.Name.ctx;
        break;
    case KS_List: actual = expr->v.List.ctx; break;
    case KS_Tuple: actual = expr->v.Tuple.ctx; break;
    default:
        if (wanted != KS_Load) {
            PyErr_Format(PyExc_ValueError,
                         "expression which can't be assigned to in %s context",
                         context_name(wanted));
            return 0;
        }
        return 1;
    }
    if (actual == wanted)
        return 1;
    PyErr_Format(PyExc_ValueError, "expression must have %s context but has %s instead",
                 context_name(wanted), context_name(actual));
    return 0;
}

static int
check_expr_fields(Check *check, KsExpr *e, KsExprContext context)
{
    switch (e->kind) {
    case KS_BoolOp:
        if (KS_LEN(e->v.BoolOp.values) < 2)
            return refuse("BoolOp with less than 2 values");
        return check_exprs(check, e->v.BoolOp.values, KS_Load, 0);
    case KS_BinOp:
        return check_expr(check, e->v.BinOp.left, KS_Load) &&
               check_expr(check, e->v.BinOp.right, KS_Load);
    case KS_UnaryOp: return check_expr(check, e->v.UnaryOp.operand, KS_Load);
    case KS_Lambda:
        return check_arguments(check, e->v.Lambda.args) &&
               check_expr(check, e->v.Lambda.body, KS_Load);
    case KS_IfExp:
        return check_expr(check, e->v.IfExp.test, KS_Load) &&
               check_expr(check, e->v.IfExp.body, KS_Load) &&
               check_expr(check, e->v.IfExp.orelse, KS_Load);
    case KS_Dict:
        if (KS_LEN(e->v.Dict.keys) != KS_LEN(e->v.Dict.values))
            return refuse("Dict doesn't have the same number of keys as values");
        return check_exprs(check, e->v.Dict.keys, KS_Load, 1) &&
               check_exprs(check, e->v.Dict.values, KS_Load, 0);
    case KS_Set: return check_exprs(check, e->v.Set.elts, KS_Load, 0);
    case KS_ListComp:
        return check_clauses(check, e->v.ListComp.generators) &&
               check_expr(check, e->v.ListComp.elt, KS_Load);
    case KS_SetComp:
        return check_clauses(check, e->v.SetComp.generators) &&
               check_expr(check, e->v.SetComp.elt, KS_Load);
    case KS_GeneratorExp:
        return check_clauses(check, e->v.GeneratorExp.generators) &&
               check_expr(check, e->v.GeneratorExp.elt, KS_Load);
    case KS_DictComp:
        return check_clauses(check, e->v.DictComp.generators) &&
               check_expr(check, e->v.DictComp.key, KS_Load) &&
               check_expr(check, e->v.DictComp.value, KS_Load);
    case KS_Yield: return check_optional(check, e->v.Yield.value);
    case KS_YieldFrom: return check_expr(check, e->v.YieldFrom.value, KS_Load);
    case KS_Await: return check_expr(check, e->v.Await.value, KS_Load);
    case KS_Compare:
        if (KS_LEN(e->v.Compare.comparators) == 0)
            return refuse("Compare with no comparators");
        if (KS_LEN(e->v.Compare.comparators) != KS_LEN(e->v.Compare.ops))
            return refuse("Compare has a different number of comparators and operands");
        return check_exprs(check, e->v.Compare.comparators, KS_Load, 0) &&
               check_expr(check, e->v.Compare.left, KS_Load);
    case KS_Call:
        return check_expr(check, e->v.Call.func, KS_Load) &&
               check_exprs(check, e->v.Call.args, KS_Load, 0) &&
               check_keywords(check, e->v.Call.keywords);
    case KS_Constant: return check_constant(check, e->v.Constant.value);
    case KS_JoinedStr: return check_exprs(check, e->v.JoinedStr.values, KS_Load, 0);
    case KS_FormattedValue:
        return check_expr(check, e->v.FormattedValue.value, KS_Load) &&
               check_optional(check, e->v.FormattedValue.format_spec);
    case KS_Attribute: return check_expr(check, e->v.Attribute.value, KS_Load);
    case KS_Subscript:
        return check_expr(check, e->v.Subscript.slice, KS_Load) &&
               check_expr(check, e->v.Subscript.value, KS_Load);
    case KS_Starred: return check_expr(check, e->v.Starred.value, context);
    case KS_List: return check_exprs(check, e->v.List.elts, context, 0);
    case KS_Tuple: return check_exprs(check, e->v.Tuple.elts, context, 0);
    case KS_NamedExpr: return check_expr(check, e->v.NamedExpr.value, KS_Load);
    case KS_Slice:
        return check_optional(check, e->v.Slice.lower) && check_optional(check, e->v.Slice.upper) &&
               check_optional(check, e->v.Slice.step);
    case KS_Name: return 1;
    default:
        PyErr_SetString(PyExc_SystemError, "unexpected expression");
        return 0;
    }
}

static int
check_expr(Check *check, KsExpr *expr, KsExprContext context)
{
    if (!check_position(KS_POS(expr)) || !enter(check) || !check_context(expr, context) ||
        !check_expr_fields(check, expr, context))
        return 0;
    check->depth--;
    return 1;
}

/* ---- patterns ---- */

static int
is_number(PyObject *value, int real, int imaginary)
{
    return (real && (PyLong_CheckExact(value) || PyFloat_CheckExact(value))) ||
           (imaginary && PyComplex_CheckExact(value));
}

static int
is_literal_number(KsExpr *expr, int real, int imaginary)
{
    return expr->kind == KS_Constant && is_number(expr->v.Constant.value, real, imaginary);
}

static int
is_negative_number(KsExpr *expr, int real, int imaginary)
{
    return expr->kind == KS_UnaryOp && expr->v.UnaryOp.op == KS_USub &&
           is_literal_number(expr->v.UnaryOp.operand, real, imaginary);
}

static int
is_complex_literal(KsExpr *expr)
{
    KsExpr *left = expr->v.BinOp.left, *right = expr->v.BinOp.right;
    if (expr->v.BinOp.op != KS_Add && expr->v.BinOp.op != KS_Sub)
        return 0;
    return (is_literal_number(left, 1, 0) || is_negative_number(left, 1, 0)) &&
           is_literal_number(right, 0, 1);
}

static int
check_match_value(Check *check, KsExpr *expr)
{
    if (!check_expr(check, expr, KS_Load))
        return 0;
    switch (expr->kind) {
    case KS_Constant: {
        PyObject *value = expr->v.Constant.value;
        if (is_number(value, 1, 1) || PyBytes_CheckExact(value) || PyUnicode_CheckExact(value))
            return 1;
        return refuse("unexpected constant inside of a literal pattern");
    }
    case KS_Attribute:
    case KS_JoinedStr:
        return 1;
    case KS_UnaryOp:
        if (is_negative_number(expr, 1, 1))
            return 1;
        break;
    case KS_BinOp:
        if (is_complex_literal(expr))
            return 1;
        break;
    default:
        break;
    }
    return refuse("patterns may only match literals and attribute lookups");
}

static int
check_capture(PyObject *name)
{
    if (_PyUnicode_EqualToASCIIString(name, "_"))
        return refuse("can't capture name '_' in patterns");
    return check_name(name);
}

static int
check_patterns(Check *check, KsPatternSeq *patterns, int star_ok)
{
    for (Py_ssize_t i = 0; i < KS_LEN(patterns); i++) {
        if (!check_pattern(check, patterns->items[i], star_ok))
            return 0;
    }
    return 1;
}

static int
check_mapping(Check *check, KsPattern *p)
{
    KsExprSeq *keys = p->v.MatchMapping.keys;
    if (KS_LEN(keys) != KS_LEN(p->v.MatchMapping.patterns))
        return refuse("MatchMapping doesn't have the same number of keys as patterns");
    if (p->v.MatchMapping.rest != NULL && !check_capture(p->v.MatchMapping.rest))
        return 0;
    for (Py_ssize_t i = 0; i < KS_LEN(keys); i++) {
        KsExpr *key = keys->items[i];
        if (key->kind == KS_Constant &&
            (key->v.Constant.value == Py_None || PyBool_Check(key->v.Constant.value)))
            continue;
        if (!check_match_value(check, key))
            return 0;
    }
    return check_patterns(check, p->v.MatchMapping.patterns, 0);
}

static int
check_class(Check *check, KsPattern *p)
{
    KsNameSeq *names = p->v.MatchClass.kwd_attrs;
    KsExpr *cls = p->v.MatchClass.cls;
    if (KS_LEN(names) != KS_LEN(p->v.MatchClass.kwd_patterns))
        return refuse("MatchClass doesn't have the same number of keyword attributes as patterns");
    if (!check_expr(check, cls, KS_Load))
        return 0;
    while (cls->kind == KS_Attribute)
        cls = cls->v.Attribute.value;
    if (cls->kind != KS_Name)
        return refuse("MatchClass cls field can only contain Name or Attribute nodes.");
    for (Py_ssize_t i = 0; i < KS_LEN(names); i++) {
        if (!check_name(names->items[i]))
            return 0;
    }
    return check_patterns(check, p->v.MatchClass.patterns, 0) &&
           check_patterns(check, p->v.MatchClass.kwd_patterns, 0);
}

static int
check_pattern_fields(Check *check, KsPattern *p, int star_ok)
{
    switch (p->kind) {
    case KS_MatchValue: return check_match_value(check, p->v.MatchValue.value);
    case KS_MatchSingleton:
        if (p->v.MatchSingleton.value == Py_None || PyBool_Check(p->v.MatchSingleton.value))
            return 1;
        return refuse("MatchSingleton can only contain True, False and None");
    case KS_MatchSequence: return check_patterns(check, p->v.MatchSequence.patterns, 1);
    case KS_MatchMapping: return check_mapping(check, p);
    case KS_MatchClass: return check_class(check, p);
    case KS_MatchStar:
        if (!star_ok)
            return refuse("can't use MatchStar here");
        return p->v.MatchStar.name == NULL || check_capture(p->v.MatchStar.name);
    case KS_MatchAs:
        if (p->v.MatchAs.name != NULL && !check_capture(p->v.MatchAs.name))
            return 0;
        if (p->v.MatchAs.pattern == NULL)
            return 1;
        if (p->v.MatchAs.name == NULL)
            return refuse("MatchAs must specify a target name if a pattern is given");
        return check_pattern(check, p->v.MatchAs.pattern, 0);
    case KS_MatchOr:
        if (KS_LEN(p->v.MatchOr.patterns) < 2)
            return refuse("MatchOr requires at least 2 patterns");
        return check_patterns(check, p->v.MatchOr.patterns, 0);
    default:
        PyErr_SetString(PyExc_SystemError, "unexpected pattern");
        return 0;
    }
}

static int
check_pattern(Check *check, KsPattern *pattern, int star_ok)
{
    if (!check_position(KS_POS(pattern)) || !enter(check) ||
        !check_pattern_fields(check, pattern, star_ok))
        return 0;
    check->depth--;
    return 1;
}

/* ---- statements ---- */

static int
check_body(Check *check, KsStmtSeq *body, const char *owner)
{
    return check_filled(KS_LEN(body), "body", owner) && check_stmts(check, body);
}

static int
check_function(Check *check, KsStmtSeq *body, KsArguments *args, KsExprSeq *decorators,
               KsExpr *returns, const char *owner)
{
    return check_body(check, body, owner) && check_arguments(check, args) &&
           check_exprs(check, decorators, KS_Load, 0) && check_optional(check, returns);
}

static int
check_loop(Check *check, KsExpr *target, KsExpr *iter, KsStmtSeq *body, KsStmtSeq *orelse,
           const char *owner)
{
    return check_expr(check, target, KS_Store) && check_expr(check, iter, KS_Load) &&
           check_body(check, body, owner) && check_stmts(check, orelse);
}

static int
check_with(Check *check, KsWithitemSeq *items, KsStmtSeq *body, const char *owner)
{
    if (!check_filled(KS_LEN(items), "items", owner))
        return 0;
    for (Py_ssize_t i = 0; i < items->count; i++) {
        KsWithitem *item = items->items[i];
        if (!check_expr(check, item->context_expr, KS_Load) ||
            (item->optional_vars && !check_expr(check, item->optional_vars, KS_Store)))
            return 0;
    }
    return check_body(check, body, owner);
}

static int
check_match(Check *check, KsStmt *s)
{
    KsMatchCaseSeq *cases = s->v.Match.cases;
    if (!check_expr(check, s->v.Match.subject, KS_Load) ||
        !check_filled(KS_LEN(cases), "cases", "Match"))
        return 0;
    for (Py_ssize_t i = 0; i < cases->count; i++) {
        KsMatchCase *one = cases->items[i];
        if (!check_pattern(check, one->pattern, 0) || !check_optional(check, one->guard) ||
            !check_body(check, one->body, "match_case"))
            return 0;
    }
    return 1;
}

static int
check_try(Check *check, KsStmtSeq *body, KsExceptHandlerSeq *handlers, KsStmtSeq *orelse,
          KsStmtSeq *final, const char *owner)
{
    if (!check_body(check, body, owner))
        return 0;
    if (KS_LEN(handlers) == 0 && KS_LEN(final) == 0) {
        PyErr_Format(PyExc_ValueError, "%s has neither except handlers nor finalbody", owner);
        return 0;
    }
    if (KS_LEN(handlers) == 0 && KS_LEN(orelse) != 0) {
        PyErr_Format(PyExc_ValueError, "%s has orelse but no except handlers", owner);
        return 0;
    }
    for (Py_ssize_t i = 0; i < KS_LEN(handlers); i++) {
        KsExceptHandler *handler = handlers->items[i];
        if (!check_position(KS_POS(handler)) ||
            !check_optional(check, handler->v.ExceptHandler.type) ||
            !check_body(check, handler->v.ExceptHandler.body, "ExceptHandler"))
            return 0;
    }
    return check_stmts(check, final) && check_stmts(check, orelse);
}

static int
check_raise(Check *check, KsStmt *s)
{
    if (s->v.Raise.exc != NULL)
        return check_expr(check, s->v.Raise.exc, KS_Load) && check_optional(check, s->v.Raise.cause);
    return s->v.Raise.cause == NULL || refuse("Raise with cause but no exception");
}

static int
check_annotated(Check *check, KsStmt *s)
{
    if (s->v.AnnAssign.target->kind != KS_Name && s->v.AnnAssign.simple) {
        PyErr_SetString(PyExc_TypeError, "AnnAssign with simple non-Name target");
        return 0;
    }
    return check_expr(check, s->v.AnnAssign.target, KS_Store) &&
           check_optional(check, s->v.AnnAssign.value) &&
           check_expr(check, s->v.AnnAssign.annotation, KS_Load);
}

#define FUNCTION(node) \
    check_function(check, s->v.node.body, s->v.node.args, s->v.node.decorator_list, \
                   s->v.node.returns, #node)
#define LOOP(node) \
    check_loop(check, s->v.node.target, s->v.node.iter, s->v.node.body, s->v.node.orelse, #node)
#define TRY(node) \
    check_try(check, s->v.node.body, s->v.node.handlers, s->v.node.orelse, s->v.node.finalbody, \
              #node)

static int
check_stmt_fields(Check *check, KsStmt *s)
{
    switch (s->kind) {
    case KS_FunctionDef: return FUNCTION(FunctionDef);
    case KS_AsyncFunctionDef: return FUNCTION(AsyncFunctionDef);
    case KS_ClassDef:
        return check_body(check, s->v.ClassDef.body, "ClassDef") &&
               check_exprs(check, s->v.ClassDef.bases, KS_Load, 0) &&
               check_keywords(check, s->v.ClassDef.keywords) &&
               check_exprs(check, s->v.ClassDef.decorator_list, KS_Load, 0);
    case KS_Return: return check_optional(check, s->v.Return.value);
    case KS_Delete:
        return check_filled(KS_LEN(s->v.Delete.targets), "targets", "Delete") &&
               check_exprs(check, s->v.Delete.targets, KS_Del, 0);
    case KS_Assign:
        return check_filled(KS_LEN(s->v.Assign.targets), "targets", "Assign") &&
               check_exprs(check, s->v.Assign.targets, KS_Store, 0) &&
               check_expr(check, s->v.Assign.value, KS_Load);
    case KS_AugAssign:
        return check_expr(check, s->v.AugAssign.target, KS_Store) &&
               check_expr(check, s->v.AugAssign.value, KS_Load);
    case KS_AnnAssign: return check_annotated(check, s);
    case KS_For: return LOOP(For);
    case KS_AsyncFor: return LOOP(AsyncFor);
    case KS_While:
        return check_expr(check, s->v.While.test, KS_Load) &&
               check_body(check, s->v.While.body, "While") && check_stmts(check, s->v.While.orelse);
    case KS_If:
        return check_expr(check, s->v.If.test, KS_Load) &&
               check_body(check, s->v.If.body, "If") && check_stmts(check, s->v.If.orelse);
    case KS_With: return check_with(check, s->v.With.items, s->v.With.body, "With");
    case KS_AsyncWith:
        return check_with(check, s->v.AsyncWith.items, s->v.AsyncWith.body, "AsyncWith");
    case KS_Match: return check_match(check, s);
    case KS_Raise: return check_raise(check, s);
    case KS_Try: return TRY(Try);
    case KS_TryStar: return TRY(TryStar);
    case KS_Assert:
        return check_expr(check, s->v.Assert.test, KS_Load) &&
               check_optional(check, s->v.Assert.msg);
    case KS_Import: return check_filled(KS_LEN(s->v.Import.names), "names", "Import");
    case KS_ImportFrom:
        if (s->v.ImportFrom.level < 0)
            return refuse("Negative ImportFrom level");
        return check_filled(KS_LEN(s->v.ImportFrom.names), "names", "ImportFrom");
    case KS_Global: return check_filled(KS_LEN(s->v.Global.names), "names", "Global");
    case KS_Nonlocal: return check_filled(KS_LEN(s->v.Nonlocal.names), "names", "Nonlocal");
    case KS_Expr: return check_expr(check, s->v.Expr.value, KS_Load);
    case KS_Pass:
    case KS_Break:
    case KS_Continue: return 1;
    default:
        PyErr_SetString(PyExc_SystemError, "unexpected statement");
        return 0;
    }
}

static int
check_stmts(Check *check, KsStmtSeq *stmts)
{
    for (Py_ssize_t i = 0; i < KS_LEN(stmts); i++) {
        KsStmt *stmt = stmts->items[i];
        if (stmt == NULL)
            return refuse("None disallowed in statement list");
        if (!check_position(KS_POS(stmt)) || !enter(check) || !check_stmt_fields(check, stmt))
            return 0;
        check->depth--;
    }
    return 1;
}

int
ks_ast_validate(KsMod *mod)
{
    PyThreadState *tstate = _PyThreadState_GET();
    Check check = {0, tstate->recursion_limit > INT_MAX / 3 ? INT_MAX
                                                            : tstate->recursion_remaining * 3};
    switch (mod->kind) {
    case KS_Module: return check_stmts(&check, mod->v.Module.body);
    case KS_Interactive: return check_stmts(&check, mod->v.Interactive.body);
    case KS_Expression: return check_expr(&check, mod->v.Expression.body, KS_Load);
    case KS_FunctionType:
        return check_exprs(&check, mod->v.FunctionType.argtypes, KS_Load, 0) &&
               check_expr(&check, mod->v.FunctionType.returns, KS_Load);
    default:
        PyErr_SetString(PyExc_SystemError, "impossible module node");
        return 0;
    }
}
