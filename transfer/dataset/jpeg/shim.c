//go:build libjpeg

#include "shim.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#define STR(x) #x
#define XSTR(x) STR(x)

static atomic_llong live;

// job holds all of one decoding; the library's structs lead to it by address.
typedef struct {
  struct jpeg_decompress_struct cinfo;
  struct jpeg_error_mgr err;
  struct jpeg_progress_mgr progress;
  jmp_buf out;
  char *text;
  unsigned char *row; // CMYK only: one scanline of 4 samples a pixel
  size_t row_bytes;
  int max_scans;
} job;

const char *gotl_jpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "libjpeg-turbo " XSTR(LIBJPEG_TURBO_VERSION);
#else
  return "libjpeg " XSTR(JPEG_LIB_VERSION);
#endif
}

long long gotl_jpeg_live(void) { return atomic_load(&live); }

static void fail(j_common_ptr c) {
  job *j = (job *)c->client_data;
  char buf[JMSG_LENGTH_MAX];
  c->err->format_message(c, buf);
  snprintf(j->text, GOTL_JPEG_TEXT, "%s", buf);
  longjmp(j->out, 1);
}

// damaged says which warnings mean that pixels are missing or invented.
// Extraneous bytes and odd markers leave the pixels right.
static int damaged(int code) {
  switch (code) {
  case JWRN_HIT_MARKER:
  case JWRN_HUFF_BAD_CODE:
  case JWRN_JPEG_EOF:
  case JWRN_MUST_RESYNC:
  case JWRN_NOT_SEQUENTIAL:
  case JWRN_BOGUS_PROGRESSION:
    return 1;
  }
  return 0;
}

static void warn(j_common_ptr c, int level) {
  if (level >= 0) return; // a trace message
  c->err->num_warnings++;
  if (damaged(c->err->msg_code)) fail(c);
}

static void quiet(j_common_ptr c) { (void)c; }

// check_scans runs before each pass over the data.
static void check_scans(j_common_ptr c) {
  job *j = (job *)c->client_data;
  if (!c->is_decompressor || j->cinfo.input_scan_number <= j->max_scans) return;
  snprintf(j->text, GOTL_JPEG_TEXT, "more than %d scans", j->max_scans);
  longjmp(j->out, 1);
}

// mul255 is a*b/255, rounded.
static unsigned mul255(unsigned a, unsigned b) {
  unsigned t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}

// cmyk_row turns Adobe's inverted CMYK into RGB.
static void cmyk_row(unsigned char *dst, const unsigned char *src, int w) {
  for (int x = 0; x < w; x++, src += 4, dst += 3) {
    unsigned nk = src[3];
    for (int c = 0; c < 3; c++) dst[c] = (unsigned char)(nk - mul255(255u - src[c], nk));
  }
}

static void begin(job *j, const unsigned char *data, size_t n) {
  struct jpeg_decompress_struct *c = &j->cinfo;
  c->err = jpeg_std_error(&j->err);
  c->client_data = j;
  j->err.error_exit = fail;
  j->err.emit_message = warn;
  j->err.output_message = quiet;
  jpeg_create_decompress(c);
  c->progress = &j->progress;
  j->progress.progress_monitor = check_scans;
  jpeg_mem_src(c, (unsigned char *)data, (unsigned long)n);
}

static void start(job *j, int w, int h) {
  struct jpeg_decompress_struct *c = &j->cinfo;
  jpeg_read_header(c, TRUE);
  if ((int)c->image_width != w || (int)c->image_height != h) {
    snprintf(j->text, GOTL_JPEG_TEXT, "decoder sees %ux%u, header says %dx%d",
             c->image_width, c->image_height, w, h);
    longjmp(j->out, 1);
  }
  // Coefficients of progressive pictures take up to 8 bytes a pixel.
  c->mem->max_memory_to_use = 32L << 20;
  c->mem->max_memory_to_use += 10L * w * h * (c->num_components > 3 ? 2 : 1);
  c->out_color_space = c->num_components == 4 ? JCS_CMYK : JCS_RGB;
  c->dct_method = JDCT_ISLOW;
  c->do_fancy_upsampling = TRUE;
  c->do_block_smoothing = FALSE; // never guess
  jpeg_start_decompress(c);
  if (c->out_color_space == JCS_CMYK) {
    j->row_bytes = 4 * (size_t)w;
    j->row = malloc(j->row_bytes);
    if (!j->row) {
      j->row_bytes = 0;
      snprintf(j->text, GOTL_JPEG_TEXT, "out of memory");
      longjmp(j->out, 1);
    }
    atomic_fetch_add(&live, (long long)j->row_bytes);
  }
}

static void rows(job *j, unsigned char *dst, int w) {
  struct jpeg_decompress_struct *c = &j->cinfo;
  while (c->output_scanline < c->output_height) {
    unsigned char *line = dst + (size_t)c->output_scanline * w * 3;
    JSAMPROW row = j->row ? j->row : line;
    if (jpeg_read_scanlines(c, &row, 1) == 1 && j->row) cmyk_row(line, j->row, w);
  }
  jpeg_finish_decompress(c);
}

static void end(job *j) {
  jpeg_destroy_decompress(&j->cinfo);
  free(j->row);
  atomic_fetch_sub(&live, (long long)j->row_bytes + (long long)sizeof(job));
  free(j);
}

int gotl_jpeg_decode(const unsigned char *data, size_t n, unsigned char *dst,
                     int w, int h, int max_scans, char *text) {
  job *j = calloc(1, sizeof(job));
  if (!j) {
    snprintf(text, GOTL_JPEG_TEXT, "out of memory");
    return 1;
  }
  atomic_fetch_add(&live, (long long)sizeof(job));
  j->text = text;
  j->max_scans = max_scans;
  int bad = setjmp(j->out);
  if (!bad) {
    begin(j, data, n);
    start(j, w, h);
    rows(j, dst, w);
  }
  end(j);
  return bad;
}
