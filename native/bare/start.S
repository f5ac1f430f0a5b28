/* Multiboot entry: a stack, then the guest. Runs without paging in 32-bit protected mode. */
    .section .multiboot
    .balign 4
    .long 0x1badb002          /* magic */
    .long 0                   /* flags */
    .long -0x1badb002         /* check sum */

    .text
    .globl _start
_start:
    mov $stack_end, %esp
    call guest_main
1:  hlt
    jmp 1b

    .bss
    .balign 16
    .skip 16384
stack_end:

    .section .note.GNU-stack, "", @progbits
