#include "textflag.h"

// The arithmetic of jitter.go, eight pixels at a time: the same bytes. Products and
// sums are rounded one by one (no fused multiply-add), cuts truncate.

// Bytes 0 and 12 of 24 to lanes of 32 bits, every third byte: the upper lane of
// the register holds bytes 8…23.
DATA red<>+0(SB)/8, $0x8080800380808000
DATA red<>+8(SB)/8, $0x8080800980808006
DATA red<>+16(SB)/8, $0x8080800780808004
DATA red<>+24(SB)/8, $0x8080800d8080800a
GLOBL red<>(SB), RODATA|NOPTR, $32

DATA green<>+0(SB)/8, $0x8080800480808001
DATA green<>+8(SB)/8, $0x8080800a80808007
DATA green<>+16(SB)/8, $0x8080800880808005
DATA green<>+24(SB)/8, $0x8080800e8080800b
GLOBL green<>(SB), RODATA|NOPTR, $32

DATA blue<>+0(SB)/8, $0x8080800580808002
DATA blue<>+8(SB)/8, $0x8080800b80808008
DATA blue<>+16(SB)/8, $0x8080800980808006
DATA blue<>+24(SB)/8, $0x8080800f8080800c
GLOBL blue<>(SB), RODATA|NOPTR, $32

// The lower three bytes of four lanes to twelve bytes.
DATA pack<>+0(SB)/8, $0x0908060504020100
DATA pack<>+8(SB)/8, $0x808080800e0d0c0a
DATA pack<>+16(SB)/8, $0x0908060504020100
DATA pack<>+24(SB)/8, $0x808080800e0d0c0a
GLOBL pack<>(SB), RODATA|NOPTR, $32

// 19595 R + 19235 G and 7471 B + 19235 G as pairs of words: 38470 G exceeds a word.
DATA rg<>+0(SB)/8, $0x4b234c8b4b234c8b
DATA rg<>+8(SB)/8, $0x4b234c8b4b234c8b
DATA rg<>+16(SB)/8, $0x4b234c8b4b234c8b
DATA rg<>+24(SB)/8, $0x4b234c8b4b234c8b
GLOBL rg<>(SB), RODATA|NOPTR, $32

DATA bg<>+0(SB)/8, $0x4b231d2f4b231d2f
DATA bg<>+8(SB)/8, $0x4b231d2f4b231d2f
DATA bg<>+16(SB)/8, $0x4b231d2f4b231d2f
DATA bg<>+24(SB)/8, $0x4b231d2f4b231d2f
GLOBL bg<>(SB), RODATA|NOPTR, $32

DATA half<>+0(SB)/8, $0x0000800000008000
DATA half<>+8(SB)/8, $0x0000800000008000
DATA half<>+16(SB)/8, $0x0000800000008000
DATA half<>+24(SB)/8, $0x0000800000008000
GLOBL half<>(SB), RODATA|NOPTR, $32

// LOAD brings eight pixels from DI to Y1 (red), Y2, Y3.
#define LOAD \
	VMOVDQU (DI), X0           \
	VINSERTI128 $1, 8(DI), Y0, Y0 \
	VPSHUFB red<>(SB), Y0, Y1  \
	VPSHUFB green<>(SB), Y0, Y2 \
	VPSHUFB blue<>(SB), Y0, Y3

// CUT truncates A into 0…255 (Y9, Y10).
#define CUT(A) \
	VCVTTPS2DQ A, A   \
	VPMAXSD Y9, A, A  \
	VPMINSD Y10, A, A

// SCALE is cut(A·Y15).
#define SCALE(A) \
	VCVTDQ2PS A, A    \
	VMULPS Y15, A, A  \
	CUT(A)

// MOVE is cut(M + F·(A − I)), I = M as integers.
#define MOVE(A, I, M, F) \
	VPSUBD I, A, A    \
	VCVTDQ2PS A, A    \
	VMULPS F, A, A    \
	VADDPS M, A, A    \
	CUT(A)

// GREY leaves the grey value of Y1, Y2, Y3 in Y4.
#define GREY \
	VPSLLD $16, Y2, Y4 \
	VPOR Y1, Y4, Y5    \
	VPOR Y3, Y4, Y4    \
	VPMADDWD rg<>(SB), Y5, Y5 \
	VPMADDWD bg<>(SB), Y4, Y4 \
	VPADDD Y5, Y4, Y4  \
	VPADDD half<>(SB), Y4, Y4 \
	VPSRLD $16, Y4, Y4

// func greySumAVX2(pix *byte, blocks int, bright float32) uint64
TEXT ·greySumAVX2(SB), NOSPLIT, $0-32
	MOVQ pix+0(FP), DI
	MOVQ blocks+8(FP), CX
	VBROADCASTSS bright+16(FP), Y15
	VPXOR Y9, Y9, Y9
	MOVL $255, AX
	VMOVD AX, X10
	VPBROADCASTD X10, Y10
	VPXOR Y8, Y8, Y8
sum:
	LOAD
	SCALE(Y1)
	SCALE(Y2)
	SCALE(Y3)
	GREY
	VPADDD Y4, Y8, Y8
	ADDQ $24, DI
	DECQ CX
	JNZ sum
	VPMOVZXDQ X8, Y0
	VEXTRACTI128 $1, Y8, X8
	VPMOVZXDQ X8, Y1
	VPADDQ Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDQ X1, X0, X0
	VPSRLDQ $8, X0, X1
	VPADDQ X1, X0, X0
	VMOVQ X0, AX
	VZEROUPPER
	MOVQ AX, ret+24(FP)
	RET

// func jitterAVX2(pix *byte, blocks int, bright, contrast, saturation float32, mean int32)
TEXT ·jitterAVX2(SB), NOSPLIT, $0-32
	MOVQ pix+0(FP), DI
	MOVQ blocks+8(FP), CX
	VBROADCASTSS bright+16(FP), Y15
	VBROADCASTSS contrast+20(FP), Y14
	VBROADCASTSS saturation+24(FP), Y11
	MOVL mean+28(FP), AX
	VMOVD AX, X12
	VPBROADCASTD X12, Y12
	VCVTDQ2PS Y12, Y13
	VPXOR Y9, Y9, Y9
	MOVL $255, AX
	VMOVD AX, X10
	VPBROADCASTD X10, Y10
next:
	LOAD
	SCALE(Y1)
	SCALE(Y2)
	SCALE(Y3)
	MOVE(Y1, Y12, Y13, Y14)
	MOVE(Y2, Y12, Y13, Y14)
	MOVE(Y3, Y12, Y13, Y14)
	GREY
	VCVTDQ2PS Y4, Y5
	MOVE(Y1, Y4, Y5, Y11)
	MOVE(Y2, Y4, Y5, Y11)
	MOVE(Y3, Y4, Y5, Y11)
	VPSLLD $8, Y2, Y2
	VPSLLD $16, Y3, Y3
	VPOR Y2, Y1, Y1
	VPOR Y3, Y1, Y1
	VPSHUFB pack<>(SB), Y1, Y1
	VEXTRACTI128 $1, Y1, X2
	VMOVQ X1, (DI)
	VPEXTRD $2, X1, 8(DI)
	VMOVQ X2, 12(DI)
	VPEXTRD $2, X2, 20(DI)
	ADDQ $24, DI
	DECQ CX
	JNZ next
	VZEROUPPER
	RET
