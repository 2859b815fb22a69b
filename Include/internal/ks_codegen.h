/* SPDX-License-Identifier: MIT */
/* What the codegen files share beyond ks_compile.h: short forms for sequences of steps that each
 * may fail. A function that uses them returns int, 0 after a failure. */
#ifndef KS_CODEGEN_H
#define KS_CODEGEN_H

#include "ks_compile.h"

#define DO(step)       \
    do {               \
        if (!(step))   \
            return 0;  \
    } while (0)
#define OP(opcode) DO(ks_emit(c, opcode, 0))
#define OP_ARG(opcode, oparg) DO(ks_emit(c, opcode, (int)(oparg)))
#define OP_NO_LINE(opcode) DO(ks_emit_at(c, opcode, 0, KS_NO_POS))
#define JUMP_TO(opcode, block) DO(ks_emit_jump(c, opcode, block))
#define JUMP_NO_LINE(opcode, block) DO(ks_emit_jump_at(c, opcode, block, KS_NO_POS))
#define LOAD_NONE() DO(ks_emit_const(c, Py_None))
#define EXPR(e) DO(ks_gen_expr(c, e))
#define STMTS(body) DO(ks_gen_stmts(c, body))
#define NEW_BLOCK(name)                \
    KsBlock *name = ks_gen_block(c);   \
    DO(name != NULL)
#define START(block) ks_gen_use(c, block)
#define STORE(name) DO(ks_emit_variable(c, name, KS_Store))
#define NO_LINE() (c->unit->pos = KS_NO_POS)
#define AT(node) (c->unit->pos = KS_POS(node))

/* More elements than this are not collected on the stack. */
#define KS_STACK_GUIDELINE 30

#endif
