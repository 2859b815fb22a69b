/* SPDX-License-Identifier: MIT */
/* The compiler: from a syntax tree to code objects.
 *
 *   ast_opt.c    folds constants in the tree
 *   symtable*.c  decides where names live
 *   codegen*.c   emits instructions into the blocks of a unit (one unit a code object)
 *   flowgraph*.c optimises the graph of blocks, computes depths, lines and handlers
 *   assemble.c   lays out blocks and encodes code, location and exception tables
 *
 * Everything but the resulting objects lives in the compilation's arena. Errors are exceptions;
 * functions that answer int return 1, or 0 with an exception, unless they say otherwise. */
#ifndef KS_COMPILE_H
#define KS_COMPILE_H

#include "Python.h"
#include "opcode.h"
#include "pycore_code.h"

#include "ks_ast.h"
#include "ks_base.h"
#include "ks_symtable.h"

/* Instructions that exist only until the code is laid out. */
enum {
    KS_OP_SETUP_FINALLY = 256, /* push a handler; the target starts with the exception */
    KS_OP_SETUP_CLEANUP,       /* the same, the handler also gets the instruction's offset */
    KS_OP_SETUP_WITH,          /* the same, keeping the result of __enter__ apart */
    KS_OP_POP_BLOCK,           /* pop the innermost handler */
    KS_OP_JUMP,
    KS_OP_JUMP_NO_INTERRUPT,
    KS_OP_POP_JUMP_IF_FALSE,
    KS_OP_POP_JUMP_IF_TRUE,
    KS_OP_POP_JUMP_IF_NONE,
    KS_OP_POP_JUMP_IF_NOT_NONE,
};

typedef struct KsBlock KsBlock;

typedef struct KsInstr {
    int opcode, oparg;
    KsBlock *target; /* of jumps and pushed handlers */
    KsBlock *except; /* the handler in force, once known */
    KsPos pos;       /* lineno -1: none */
} KsInstr;

typedef struct KsHandlers KsHandlers; /* a stack of handlers, shared between blocks */

struct KsBlock {
    KsBlock *next;     /* in the order of the code */
    KsBlock *older;    /* the block made before */
    KsInstr *instrs;
    int count, room;
    int start_depth;   /* of the stack; -1 unknown */
    int offset;        /* in code units */
    int predecessors;
    unsigned no_fallthrough : 1, is_exit : 1, is_visited : 1, preserves_lasti : 1;
    KsHandlers *handlers;
};

typedef enum KsUnitKind {
    KS_UNIT_MODULE,
    KS_UNIT_CLASS,
    KS_UNIT_FUNCTION,
    KS_UNIT_ASYNC_FUNCTION,
    KS_UNIT_LAMBDA,
    KS_UNIT_COMPREHENSION,
} KsUnitKind;

/* What surrounds a statement and must be undone when it is left early. */
typedef enum KsFrameKind {
    KS_FRAME_WHILE,
    KS_FRAME_FOR,
    KS_FRAME_TRY,
    KS_FRAME_FINALLY_TRY,
    KS_FRAME_FINALLY_END,
    KS_FRAME_WITH,
    KS_FRAME_ASYNC_WITH,
    KS_FRAME_HANDLER_CLEANUP,
    KS_FRAME_POP_VALUE,
    KS_FRAME_EXCEPTION_HANDLER,
    KS_FRAME_EXCEPTION_GROUP_HANDLER,
    KS_FRAME_ASYNC_COMPREHENSION,
} KsFrameKind;

typedef struct KsFrameBlock {
    KsFrameKind kind;
    KsBlock *block, *exit;
    void *datum; /* the with statement's position, the final body, the handler's name */
} KsFrameBlock;

/* Equal constants are one object: values by value, type and the sign of zeros. */
typedef struct KsConstMap {
    PyObject **values; /* borrowed from the compilation's arena */
    int *table;
    uint32_t *hashes;
    int count, room, mask;
} KsConstMap;

typedef struct KsUnit KsUnit;
struct KsUnit {
    KsUnit *outer;
    KsScope *scope;
    KsUnitKind kind;
    PyObject *name, *qualname; /* owned by the arena */
    PyObject *private_name;
    KsNameMap names, varnames, cellvars, freevars, consts; /* consts: canonical objects */
    int argcount, posonlyargcount, kwonlyargcount;
    int firstlineno;
    KsPos pos;                 /* of what is being compiled */
    KsBlock *blocks, *current; /* all, newest first; the one that receives instructions */
    KsFrameBlock frames[CO_MAXBLOCKS];
    int frame_count, block_count;
};

typedef struct KsCompiler {
    KsArena *arena;
    PyObject *filename;
    KsSymtable *st;
    int flags;        /* CO_FUTURE_* and PyCF_* of the caller and the module */
    int optimize;
    int interactive;  /* expression statements are printed */
    int nested;       /* statements inside functions and classes */
    int depth, depth_limit;
    KsConstMap consts;
    KsUnit *unit;
} KsCompiler;

/* ---- compile.c ---- */

/* The code object of a module, NULL with an exception. flags may be NULL; optimize -1 takes the
 * interpreter's. The tree is changed (constants are folded in place). */
KS_NEW PyCodeObject *ks_compile_ast(KsMod *mod, PyObject *filename, PyCompilerFlags *flags,
                                    int optimize, KsArena *arena);
/* The symbol table alone, for the symtable module. */
KsSymtable *ks_compile_symtable(KsMod *mod, PyObject *filename, PyCompilerFlags *flags,
                                KsArena *arena);
/* Looks for future statements; adds to *future. */
int ks_future_find(KsMod *mod, PyObject *filename, PyFutureFeatures *future);

/* ---- ast_opt.c ---- */

/* The operator of a UnaryOp that is no more than its operand. */
#define KS_NO_UNARY_OP KsUnaryOp_none

int ks_ast_optimize(KsMod *mod, KsArena *arena, int optimize, int features);

/* ---- compile_const.c ---- */

/* The one object that stands for value from now on; takes value over, NULL with an exception. */
KS_BORROWED PyObject *ks_const_merge(KsCompiler *c, KS_STEALS PyObject *value);
/* The index of value among the unit's constants, -1 with an exception. */
int ks_const_index(KsCompiler *c, PyObject *value);

/* ---- flowgraph.c, flowgraph_peephole.c, flowgraph_exits.c ---- */

KsBlock *ks_block_new(KsCompiler *c, KsUnit *u);
/* Room for one more instruction at the end; NULL with an exception. */
KsInstr *ks_block_push(KsCompiler *c, KsBlock *block);
KsInstr *ks_block_insert(KsCompiler *c, KsBlock *block, int index);
int ks_flowgraph_optimize(KsCompiler *c, KsBlock *entry);
int ks_flowgraph_peephole(KsCompiler *c, KsBlock *block);
void ks_flowgraph_remove_nops(KsBlock *block, int previous_line);
/* Lines for the blocks that leave a function without having one. */
int ks_flowgraph_place_exits(KsCompiler *c, KsBlock *entry);
void ks_flowgraph_spread_lines(KsBlock *entry, int firstlineno);
/* The deepest stack, -1 with an exception. */
int ks_flowgraph_stack_depth(KsCompiler *c, KsBlock *entry, int is_generator);
int ks_flowgraph_label_handlers(KsCompiler *c, KsBlock *entry);
void ks_flowgraph_settle_jumps(KsBlock *entry);

int ks_opcode_is_jump(int opcode);
int ks_opcode_is_handler_push(int opcode);
/* What an instruction does to the stack's depth, PY_INVALID_STACK_EFFECT for unknown ones; jump
 * is 1 if it is taken, 0 if not, -1 for the larger of both. */
int ks_opcode_effect(int opcode, int oparg, int jump);

/* ---- assemble.c ---- */

KS_NEW PyCodeObject *ks_assemble(KsCompiler *c, KsUnit *u, int add_none);

/* ---- codegen.c: emission, shared by the codegen files ---- */

#define KS_NO_POS ((KsPos){-1, -1, -1, -1})

int ks_gen_enter(KsCompiler *c, PyObject *name, KsUnitKind kind, void *node, int lineno);
void ks_gen_leave(KsCompiler *c);
int ks_emit(KsCompiler *c, int opcode, int oparg);
int ks_emit_at(KsCompiler *c, int opcode, int oparg, KsPos pos);
int ks_emit_jump(KsCompiler *c, int opcode, KsBlock *target);
int ks_emit_jump_at(KsCompiler *c, int opcode, KsBlock *target, KsPos pos);
/* LOAD_CONST of a borrowed value. */
int ks_emit_const(KsCompiler *c, PyObject *value);
/* LOAD_CONST of a value that is handed over, NULL passes the exception on. */
int ks_emit_new_const(KsCompiler *c, KS_STEALS PyObject *value);
/* An instruction whose operand is an index into co_names, the name mangled first. */
int ks_emit_name(KsCompiler *c, int opcode, PyObject *name);
int ks_emit_variable(KsCompiler *c, PyObject *name, KsExprContext ctx);
KsBlock *ks_gen_block(KsCompiler *c);
void ks_gen_use(KsCompiler *c, KsBlock *block);
int ks_gen_push(KsCompiler *c, KsFrameKind kind, KsBlock *block, KsBlock *exit, void *datum);
void ks_gen_pop(KsCompiler *c);
/* Both use the current position and return 0; a warning may have become an error. */
int ks_gen_error(KsCompiler *c, const char *format, ...);
int ks_gen_error_at(KsCompiler *c, KsPos pos, const char *format, ...);
int ks_gen_warn(KsCompiler *c, const char *format, ...);
int ks_gen_is_top_level_await(KsCompiler *c);

int ks_gen_stmt(KsCompiler *c, KsStmt *s);
int ks_gen_stmts(KsCompiler *c, KsStmtSeq *body);
int ks_gen_body(KsCompiler *c, KsStmtSeq *body); /* of a module or class: docstring, annotations */
int ks_gen_function(KsCompiler *c, KsStmt *s, int is_async);
int ks_gen_class(KsCompiler *c, KsStmt *s);
int ks_gen_lambda(KsCompiler *c, KsExpr *e);
int ks_gen_comprehension(KsCompiler *c, KsExpr *e);
int ks_gen_annotated(KsCompiler *c, KsStmt *s);
int ks_gen_augmented(KsCompiler *c, KsStmt *s);
int ks_gen_annotation(KsCompiler *c, KsExpr *annotation);
int ks_gen_setup_annotations(KsCompiler *c, KsStmtSeq *body);
int ks_gen_match(KsCompiler *c, KsStmt *s);
int ks_gen_try(KsCompiler *c, KsStmt *s);
int ks_gen_try_star(KsCompiler *c, KsStmt *s);
int ks_gen_with(KsCompiler *c, KsStmt *s, int index);
int ks_gen_async_with(KsCompiler *c, KsStmt *s, int index);
int ks_gen_unwind(KsCompiler *c, KsFrameBlock *frame, int keeps_top);
int ks_gen_await(KsCompiler *c); /* of what is on top of the stack */
int ks_gen_yield_from(KsCompiler *c, int is_await);
int ks_gen_expr(KsCompiler *c, KsExpr *e);
/* Jumps to target if e is as condition says. */
int ks_gen_jump_if(KsCompiler *c, KsExpr *e, KsBlock *target, int condition);
/* pushed arguments are on the stack below those of args and keywords. */
int ks_gen_call_helper(KsCompiler *c, int pushed, KsExprSeq *args, KsKeywordSeq *keywords);
int ks_gen_call_exit(KsCompiler *c); /* calls __exit__(None, None, None) */
int ks_gen_docstring_count(KsCompiler *c, KsStmtSeq *body);

#endif
