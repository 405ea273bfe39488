#include "textflag.h"

// Integer arithmetic as in pillow.go and exact.go, eight values at a time: the same bytes.

// Two pixels of three bytes to two lanes of three 32-bit values and a zero.
DATA pixels<>+0(SB)/8, $0x8080800180808000
DATA pixels<>+8(SB)/8, $0x8080808080808002
DATA pixels<>+16(SB)/8, $0x8080800480808003
DATA pixels<>+24(SB)/8, $0x8080808080808005
GLOBL pixels<>(SB), RODATA|NOPTR, $32

// Two weights to two lanes.
DATA lanes<>+0(SB)/8, $0
DATA lanes<>+8(SB)/8, $0
DATA lanes<>+16(SB)/8, $0x0000000100000001
DATA lanes<>+24(SB)/8, $0x0000000100000001
GLOBL lanes<>(SB), RODATA|NOPTR, $32

// ACROSS sums one output: DI source, SI start, BX count, R8 weights of the row,
// R9 weights of a row in bytes. Result: lanes 0…2 of X0. Uses AX, R11, R12, Y1, Y2.
#define ACROSS(loop) \
	MOVQ (SI), AX            \
	LEAQ (AX)(AX*2), AX      \
	ADDQ DI, AX              \
	MOVQ (BX), R11           \
	MOVQ R8, R12             \
	VPXOR Y0, Y0, Y0         \
loop:                            \
	VPBROADCASTQ (AX), Y1    \
	VPSHUFB Y13, Y1, Y1      \
	VMOVQ (R12), X2          \
	VPERMD Y2, Y14, Y2       \
	VPMULLD Y2, Y1, Y1       \
	VPADDD Y1, Y0, Y0        \
	ADDQ $6, AX              \
	ADDQ $8, R12             \
	SUBQ $2, R11             \
	JGT loop                 \
	VEXTRACTI128 $1, Y0, X1  \
	VPADDD X1, X0, X0        \
	ADDQ $8, SI              \
	ADDQ $8, BX              \
	ADDQ R9, R8

// func acrossPillowAVX2(dst, src *byte, start, count *int, w *int32, taps, n int)
TEXT ·acrossPillowAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DX
	MOVQ src+8(FP), DI
	MOVQ start+16(FP), SI
	MOVQ count+24(FP), BX
	MOVQ w+32(FP), R8
	MOVQ taps+40(FP), R9
	MOVQ n+48(FP), CX
	SHLQ $2, R9
	VMOVDQU pixels<>(SB), Y13
	VMOVDQU lanes<>(SB), Y14
	MOVL $0x200000, AX
	VMOVD AX, X15
	VPBROADCASTD X15, X15
next:
	ACROSS(sum)
	VPADDD X15, X0, X0
	VPSRAD $22, X0, X0
	VPACKUSDW X0, X0, X0
	VPACKUSWB X0, X0, X0
	VMOVD X0, (DX)
	ADDQ $3, DX
	DECQ CX
	JNZ next
	VZEROUPPER
	RET

// func acrossExactAVX2(dst *int32, src *byte, start, count *int, w *int32, taps, n int)
TEXT ·acrossExactAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DX
	MOVQ src+8(FP), DI
	MOVQ start+16(FP), SI
	MOVQ count+24(FP), BX
	MOVQ w+32(FP), R8
	MOVQ taps+40(FP), R9
	MOVQ n+48(FP), CX
	SHLQ $2, R9
	VMOVDQU pixels<>(SB), Y13
	VMOVDQU lanes<>(SB), Y14
next:
	ACROSS(sum)
	VMOVDQU X0, (DX)
	ADDQ $12, DX
	DECQ CX
	JNZ next
	VZEROUPPER
	RET

// The first and the second pixel of three bytes in each lane, to 32-bit values and a zero.
DATA first<>+0(SB)/8, $0x8080800180808000
DATA first<>+8(SB)/8, $0x8080808080808002
DATA first<>+16(SB)/8, $0x8080800180808000
DATA first<>+24(SB)/8, $0x8080808080808002
GLOBL first<>(SB), RODATA|NOPTR, $32

DATA second<>+0(SB)/8, $0x8080800480808003
DATA second<>+8(SB)/8, $0x8080808080808005
DATA second<>+16(SB)/8, $0x8080800480808003
DATA second<>+24(SB)/8, $0x8080808080808005
GLOBL second<>(SB), RODATA|NOPTR, $32

// ROWS adds two taps of two rows, P and Q, to the lanes of A. Weights in Y8, Y9.
#define ROWS(P, Q, A, XT, T, U) \
	VMOVDQU P, XT            \
	VINSERTI128 $1, Q, T, T  \
	VPSHUFB Y13, T, U        \
	VPMULLD Y8, U, U         \
	VPADDD U, A, A           \
	VPSHUFB Y14, T, T        \
	VPMULLD Y9, T, T         \
	VPADDD T, A, A

// ACROSS4 sums one output of four rows R13 bytes apart (R15: three of them), from Y15 on;
// it reads 16 bytes at a time, otherwise as ACROSS. Result: rows 0 and 1 in the lanes of
// Y0, 2 and 3 in those of Y2.
#define ACROSS4(loop) \
	MOVQ (SI), AX            \
	LEAQ (AX)(AX*2), AX      \
	ADDQ DI, AX              \
	MOVQ (BX), R11           \
	MOVQ R8, R12             \
	VMOVDQA Y15, Y0          \
	VMOVDQA Y15, Y2          \
loop:                            \
	VPBROADCASTD (R12), Y8   \
	VPBROADCASTD 4(R12), Y9  \
	ROWS((AX), (AX)(R13*1), Y0, X4, Y4, Y5) \
	ROWS((AX)(R13*2), (AX)(R15*1), Y2, X6, Y6, Y7) \
	ADDQ $6, AX              \
	ADDQ $8, R12             \
	SUBQ $2, R11             \
	JGT loop                 \
	ADDQ $8, SI              \
	ADDQ $8, BX              \
	ADDQ R9, R8

// func acrossPillow4AVX2(dst *byte, dstride int, src *byte, stride int, start, count *int, w *int32, taps, n int)
TEXT ·acrossPillow4AVX2(SB), NOSPLIT, $0-72
	MOVQ dst+0(FP), DX
	MOVQ dstride+8(FP), R10
	MOVQ src+16(FP), DI
	MOVQ stride+24(FP), R13
	MOVQ start+32(FP), SI
	MOVQ count+40(FP), BX
	MOVQ w+48(FP), R8
	MOVQ taps+56(FP), R9
	MOVQ n+64(FP), CX
	SHLQ $2, R9
	LEAQ (R13)(R13*2), R15
	VMOVDQU first<>(SB), Y13
	VMOVDQU second<>(SB), Y14
	MOVL $0x200000, AX
	VMOVD AX, X15
	VPBROADCASTD X15, Y15
next:
	ACROSS4(sum)
	VPSRAD $22, Y0, Y0
	VPSRAD $22, Y2, Y2
	VPACKUSDW Y2, Y0, Y0
	VPACKUSWB Y0, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	LEAQ (DX)(R10*2), AX
	VMOVD X0, (DX)
	VMOVD X1, (DX)(R10*1)
	VPEXTRD $1, X0, (AX)
	VPEXTRD $1, X1, (AX)(R10*1)
	ADDQ $3, DX
	DECQ CX
	JNZ next
	VZEROUPPER
	RET

// func acrossExact4AVX2(dst *int32, dstride int, src *byte, stride int, start, count *int, w *int32, taps, n int)
TEXT ·acrossExact4AVX2(SB), NOSPLIT, $0-72
	MOVQ dst+0(FP), DX
	MOVQ dstride+8(FP), R10
	MOVQ src+16(FP), DI
	MOVQ stride+24(FP), R13
	MOVQ start+32(FP), SI
	MOVQ count+40(FP), BX
	MOVQ w+48(FP), R8
	MOVQ taps+56(FP), R9
	MOVQ n+64(FP), CX
	SHLQ $2, R9
	LEAQ (R13)(R13*2), R15
	VMOVDQU first<>(SB), Y13
	VMOVDQU second<>(SB), Y14
	SHLQ $2, R10
	VPXOR Y15, Y15, Y15
next:
	ACROSS4(sum)
	LEAQ (DX)(R10*2), AX
	VMOVDQU X0, (DX)
	VEXTRACTI128 $1, Y0, (DX)(R10*1)
	VMOVDQU X2, (AX)
	VEXTRACTI128 $1, Y2, (AX)(R10*1)
	ADDQ $12, DX
	DECQ CX
	JNZ next
	VZEROUPPER
	RET

// func downPillowAVX2(dst, rows *byte, stride, n int, ks *int32, taps int)
// n is at least 8; the last block of 8 may overlap the one before.
TEXT ·downPillowAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ rows+8(FP), SI
	MOVQ stride+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ ks+32(FP), R8
	MOVQ taps+40(FP), R9
	MOVL $0x200000, AX
	VMOVD AX, X15
	VPBROADCASTD X15, Y15
	SUBQ $8, CX
	XORQ BX, BX
block:
	VMOVDQA Y15, Y0
	LEAQ (SI)(BX*1), R10
	MOVQ R8, R11
	MOVQ R9, R12
sum:
	VPMOVZXBD (R10), Y1
	VPBROADCASTD (R11), Y2
	VPMULLD Y2, Y1, Y1
	VPADDD Y1, Y0, Y0
	ADDQ DX, R10
	ADDQ $4, R11
	DECQ R12
	JNZ sum
	VPSRAD $22, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKUSDW X1, X0, X0
	VPACKUSWB X0, X0, X0
	VMOVQ X0, (DI)(BX*1)
	CMPQ BX, CX
	JGE done
	ADDQ $8, BX
	CMPQ BX, CX
	JLE block
	MOVQ CX, BX
	JMP block
done:
	VZEROUPPER
	RET

// func downExactAVX2(dst *byte, rows *int32, stride, n int, ks *int32, taps int)
// stride in values; n as above.
TEXT ·downExactAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ rows+8(FP), SI
	MOVQ stride+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ ks+32(FP), R8
	MOVQ taps+40(FP), R9
	SHLQ $2, DX
	MOVQ $0x80000000000, AX     // half of 2⁴⁴
	VMOVQ AX, X15
	VPBROADCASTQ X15, Y15
	MOVQ $0xfffffffffff, AX     // the fraction
	VMOVQ AX, X14
	VPBROADCASTQ X14, Y14
	MOVQ $0x100000000, AX       // one in the upper half
	VMOVQ AX, X13
	VPBROADCASTQ X13, Y13
	VPXOR Y12, Y12, Y12
	SUBQ $8, CX
	XORQ BX, BX
block:
	VMOVDQA Y15, Y0
	VMOVDQA Y15, Y1
	LEAQ (SI)(BX*4), R10
	MOVQ R8, R11
	MOVQ R9, R12
sum:
	VPMOVSXDQ (R10), Y2
	VPMOVSXDQ 16(R10), Y3
	VPBROADCASTD (R11), Y4
	VPMULDQ Y4, Y2, Y2
	VPMULDQ Y4, Y3, Y3
	VPADDQ Y2, Y0, Y0
	VPADDQ Y3, Y1, Y1
	ADDQ DX, R10
	ADDQ $4, R11
	DECQ R12
	JNZ sum
	// a tie left a fraction of 0: take back the rounding up of odd values
	VPAND Y14, Y0, Y2
	VPCMPEQQ Y12, Y2, Y2
	VPSRAD $12, Y0, Y0
	VPAND Y13, Y2, Y2
	VPAND Y0, Y2, Y2
	VPSUBD Y2, Y0, Y0
	VPAND Y14, Y1, Y3
	VPCMPEQQ Y12, Y3, Y3
	VPSRAD $12, Y1, Y1
	VPAND Y13, Y3, Y3
	VPAND Y1, Y3, Y3
	VPSUBD Y3, Y1, Y1
	VSHUFPS $0xdd, Y1, Y0, Y0   // the upper halves
	VPERMQ $0xd8, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKUSDW X1, X0, X0
	VPACKUSWB X0, X0, X0
	VMOVQ X0, (DI)(BX*1)
	CMPQ BX, CX
	JGE done
	ADDQ $8, BX
	CMPQ BX, CX
	JLE block
	MOVQ CX, BX
	JMP block
done:
	VZEROUPPER
	RET
