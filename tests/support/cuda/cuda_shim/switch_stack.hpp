#pragma once

#ifndef __x86_64__
#error "the emulated GPU switches between stacks by x86-64 instructions"
#endif

namespace cuda_shim {

/// Goes on on another stack: at `load`, where a former call left that stack, or where one was made ready as below. In
/// `save` goes where this stack is left, and the call returns when something switches back to there. (Boost.Context
/// also keeps the modes of floating-point arithmetic; that costs ten times as much as the rest.)
[[gnu::naked, gnu::noinline]] inline void switch_stack(void** /*save*/, void* /*load*/, void* /*argument*/) {
    asm volatile("pushq %rbp\n\t"
                 "pushq %rbx\n\t"
                 "pushq %r12\n\t"
                 "pushq %r13\n\t"
                 "pushq %r14\n\t"
                 "pushq %r15\n\t"
                 "movq %rsp, (%rdi)\n\t"
                 "movq %rsi, %rsp\n\t"
                 "popq %r15\n\t"
                 "popq %r14\n\t"
                 "popq %r13\n\t"
                 "popq %r12\n\t"
                 "popq %rbx\n\t"
                 "popq %rbp\n\t"
                 "popq %rcx\n\t"
                 "movq %rdx, %rdi\n\t"
                 "jmp *%rcx");
}

/// Makes a stack ready that ends at `top`, aligned to 16 bytes: the first switch to it calls `function` with that
/// switch's argument; it must not return.
inline void* ready_stack(char* top, void (*function)(void*)) {
    auto* const words = reinterpret_cast<void**>(top) - 8; // six registers, where to go, and a return address of null
    for (int i = 0; i < 8; ++i) words[i] = nullptr;
    words[6] = reinterpret_cast<void*>(function);
    return words;
}

} // namespace cuda_shim
