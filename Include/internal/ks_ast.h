/* SPDX-License-Identifier: MIT */
/* The abstract syntax tree as C structs, made from Parser/ast.def.
 *
 *   KsExpr *e;  e->kind == KS_Name;  e->v.Name.id;  e->lineno, col_offset, end_lineno, end_col_offset
 *   KsArguments *a;  a->posonlyargs;                    (products have their fields directly)
 *   KsExprSeq *s;  KS_LEN(s);  s->items[i];             (NULL is the empty sequence)
 *
 * All memory is an arena's. Columns are UTF-8 byte offsets from 0, lines count from 1. Identifiers
 * and strings are interned str, constants any immutable object, all owned by the arena (borrowed
 * by nodes). Nodes are allocated only as long as their constructor needs, at least KS_NODE_MIN bytes
 * of fields: never copy a node by struct assignment; turning one in place into a constructor with
 * no more than KS_NODE_MIN bytes of fields (Constant, Name, JoinedStr, UnaryOp) is fine. */
#ifndef KS_AST_H
#define KS_AST_H

#include "ks_arena.h"

/* Classes of nodes and their sequences. */
#define SUM_BEGIN(name, type, attrs) typedef struct type type;
#define PRODUCT_BEGIN(name, type, attrs) typedef struct type type;
#include "../../Parser/ast.def"

#define KS_SEQUENCE(type, item)  \
    typedef struct type {        \
        Py_ssize_t count;        \
        item items[];            \
    } type
#define SUM_BEGIN(name, type, attrs) KS_SEQUENCE(type##Seq, type *);
#define PRODUCT_BEGIN(name, type, attrs) KS_SEQUENCE(type##Seq, type *);
#include "../../Parser/ast.def"
KS_SEQUENCE(KsNameSeq, PyObject *);
KS_SEQUENCE(KsIntSeq, int);

#define KS_LEN(seq) ((seq) == NULL ? (Py_ssize_t)0 : (seq)->count)

/* Constructor numbers: KS_Add, KS_Module, KS_FunctionDef, KS_BinOp, KS_MatchAs, ... (from 1). */
#define ENUM_BEGIN(name, type) typedef enum type { type##_none,
#define ENUM_VALUE(name, type, value) KS_##value,
#define ENUM_END(name, type) } type;
#include "../../Parser/ast.def"
#define SUM_BEGIN(name, type, attrs) typedef enum type##Kind { type##_none,
#define NODE_BEGIN(name, type, node) KS_##node,
#define SUM_END(name, type, attrs) } type##Kind;
#include "../../Parser/ast.def"

/* C types of the schema's kinds. */
#define KS_AST_ONE_expr KsExpr *
#define KS_AST_ONE_stmt KsStmt *
#define KS_AST_ONE_pattern KsPattern *
#define KS_AST_ONE_arguments KsArguments *
#define KS_AST_ONE_arg KsArg *
#define KS_AST_ONE_identifier PyObject *
#define KS_AST_ONE_string PyObject *
#define KS_AST_ONE_constant PyObject *
#define KS_AST_ONE_int int
#define KS_AST_ONE_expr_context KsExprContext
#define KS_AST_ONE_boolop KsBoolOp
#define KS_AST_ONE_operator KsOperator
#define KS_AST_ONE_unaryop KsUnaryOp
#define KS_AST_OPT_expr KsExpr *
#define KS_AST_OPT_arg KsArg *
#define KS_AST_OPT_pattern KsPattern *
#define KS_AST_OPT_identifier PyObject *
#define KS_AST_OPT_string PyObject *
#define KS_AST_OPT_int int
#define KS_AST_SEQ_expr KsExprSeq *
#define KS_AST_SEQ_stmt KsStmtSeq *
#define KS_AST_SEQ_pattern KsPatternSeq *
#define KS_AST_SEQ_arg KsArgSeq *
#define KS_AST_SEQ_keyword KsKeywordSeq *
#define KS_AST_SEQ_alias KsAliasSeq *
#define KS_AST_SEQ_withitem KsWithitemSeq *
#define KS_AST_SEQ_match_case KsMatchCaseSeq *
#define KS_AST_SEQ_comprehension KsComprehensionSeq *
#define KS_AST_SEQ_excepthandler KsExceptHandlerSeq *
#define KS_AST_SEQ_type_ignore KsTypeIgnoreSeq *
#define KS_AST_SEQ_identifier KsNameSeq *
#define KS_AST_SEQ_cmpop KsIntSeq *

/* The structs: kind, position, union v of the constructors' fields. */
#define KS_AST_POSITIONED int lineno, col_offset, end_lineno, end_col_offset;
#define KS_AST_PLACED KS_AST_POSITIONED
#define KS_AST_PLAIN
#define SUM_BEGIN(name, type, attrs) \
    struct type {                    \
        type##Kind kind;             \
        KS_AST_##attrs union {
#define NODE_BEGIN(name, type, node) struct {
#define NODE_FIELD(name, type, node, field, kind, count) KS_AST_##count##_##kind field;
#define NODE_END(name, type, node) } node;
#define SUM_END(name, type, attrs) \
        } v;                       \
    };
#define PRODUCT_BEGIN(name, type, attrs) \
    struct type {                        \
        KS_AST_##attrs
#define PRODUCT_FIELD(name, type, field, kind, count) KS_AST_##count##_##kind field;
#define PRODUCT_END(name, type, attrs) };
#include "../../Parser/ast.def"

/* Where a node stands in the source. */
typedef struct KsPos {
    int lineno, col_offset, end_lineno, end_col_offset;
} KsPos;

/* The position of a positioned node. */
#define KS_POS(node) \
    ((KsPos){(node)->lineno, (node)->col_offset, (node)->end_lineno, (node)->end_col_offset})

#define KS_NODE_MIN 16
#define KS_NODE_BYTES(type, node)                                                            \
    (offsetof(type, v) + (sizeof(((type *)0)->v.node) > KS_NODE_MIN ? sizeof(((type *)0)->v.node) \
                                                                   : KS_NODE_MIN))

/* Constructors: ks_node(arena, KsExpr, BinOp, pos, .left = a, .op = KS_Add, .right = b). Fields not
 * named are NULL or 0. The value is NULL with MemoryError when the arena cannot grow. */
#define ks_node(arena, type, node, pos, ...)                                               \
    (__extension__({                                                                       \
        type *node_ = ks_arena_alloc((arena), KS_NODE_BYTES(type, node));                  \
        KsPos pos_ = (pos);                                                                \
        if (KS_LIKELY(node_ != NULL)) {                                                    \
            node_->kind = KS_##node;                                                       \
            node_->lineno = pos_.lineno;                                                   \
            node_->col_offset = pos_.col_offset;                                           \
            node_->end_lineno = pos_.end_lineno;                                           \
            node_->end_col_offset = pos_.end_col_offset;                                   \
            node_->v.node = (__typeof__(node_->v.node)){__VA_ARGS__};                      \
        }                                                                                  \
        node_;                                                                             \
    }))

/* The same for constructors without position (KsMod, KsTypeIgnore). */
#define ks_node_plain(arena, type, node, ...)                               \
    (__extension__({                                                        \
        type *node_ = ks_arena_alloc((arena), KS_NODE_BYTES(type, node));   \
        if (KS_LIKELY(node_ != NULL)) {                                     \
            node_->kind = KS_##node;                                        \
            node_->v.node = (__typeof__(node_->v.node)){__VA_ARGS__};       \
        }                                                                   \
        node_;                                                              \
    }))

/* Products: ks_product(arena, KsWithitem, .context_expr = e); positions are fields like others. */
#define ks_product(arena, type, ...)                         \
    (__extension__({                                         \
        type *node_ = ks_arena_alloc((arena), sizeof(type)); \
        if (KS_LIKELY(node_ != NULL))                        \
            *node_ = (type){__VA_ARGS__};                    \
        node_;                                               \
    }))

/* A sequence of count items, all NULL or 0; NULL with MemoryError (also for count 0, when it is
 * simpler to write NULL). */
#define ks_seq_new(arena, type, count) \
    ((type *)ks_seq_make((arena), (count), sizeof(((type *)0)->items[0])))
void *ks_seq_make(KsArena *arena, Py_ssize_t count, size_t item_bytes);

/* The docstring's Constant (a str) at the head of a body, or NULL without an exception. */
KS_BORROWED KsExpr *ks_ast_docstring(KsStmtSeq *body);

/* ---- Python/ast_objects.c: the `ast` module's objects ---- */

/* A new tree of ast.AST objects. */
KS_NEW PyObject *ks_ast_to_object(KsMod *mod);
/* The tree that object stands for; mode 0 = Module, 1 = Expression, 2 = Interactive (as the flag of
 * compile()'s mode string: "exec", "eval", "single"), 3 = FunctionType. TypeError or ValueError for
 * wrong objects. Not yet validated. */
KsMod *ks_ast_from_object(PyObject *object, KsArena *arena, int mode);
/* 1 if object is an ast.AST, 0 if not, -1 with an exception. */
int ks_ast_check(PyObject *object);

/* ---- Python/ast_validate.c: trees that did not come from the parser ---- */

/* 1 if the tree obeys the rules of the grammar, 0 with ValueError, TypeError or RecursionError. */
int ks_ast_validate(KsMod *mod);

/* ---- Python/ast_unparse.c ---- */

/* The source text of an expression, as `from __future__ import annotations` stores it. */
KS_NEW PyObject *ks_ast_unparse(KsExpr *expr);

#endif
