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
  const gotl_jpeg_request *want;
  unsigned char *row; // CMYK or a window: one scanline as the library gives it
  size_t row_bytes;
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
  if (!c->is_decompressor || j->cinfo.input_scan_number <= j->want->max_scans) return;
  snprintf(j->text, GOTL_JPEG_TEXT, "more than %d scans", j->want->max_scans);
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

static void start(job *j) {
  struct jpeg_decompress_struct *c = &j->cinfo;
  int w = j->want->w, h = j->want->h;
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
  c->scale_num = 1;
  c->scale_denom = (unsigned)j->want->denom;
  c->dct_method = JDCT_ISLOW;
  c->do_fancy_upsampling = TRUE;
  c->do_block_smoothing = FALSE; // never guess
  jpeg_start_decompress(c);
}

// narrow limits decoding to the columns of the window and those that upsampling
// looks at. It returns where the window's first column lies in a scanline.
static int narrow(job *j) {
#ifdef LIBJPEG_TURBO_VERSION_NUMBER
  struct jpeg_decompress_struct *c = &j->cinfo;
  int margin = 8 * c->max_h_samp_factor;
  JDIMENSION from = j->want->x > margin ? (JDIMENSION)(j->want->x - margin) : 0;
  JDIMENSION to = (JDIMENSION)(j->want->x + j->want->ww + margin);
  if (to > c->output_width) to = c->output_width;
  if (from == 0 && to == c->output_width) return j->want->x;
  JDIMENSION width = to - from;
  jpeg_crop_scanline(c, &from, &width);
  return j->want->x - (int)from;
#else
  return j->want->x;
#endif
}

// pass goes over n scanlines without using them.
static void pass(job *j, int n) {
  struct jpeg_decompress_struct *c = &j->cinfo;
#ifdef LIBJPEG_TURBO_VERSION_NUMBER
  if (n > 0) jpeg_skip_scanlines(c, (JDIMENSION)n);
#else
  for (; n > 0; n--) jpeg_read_scanlines(c, &j->row, 1);
#endif
}

static void line(job *j) {
  j->row_bytes = (size_t)j->cinfo.output_components * j->cinfo.output_width;
  j->row = malloc(j->row_bytes);
  if (!j->row) {
    j->row_bytes = 0;
    snprintf(j->text, GOTL_JPEG_TEXT, "out of memory");
    longjmp(j->out, 1);
  }
  atomic_fetch_add(&live, (long long)j->row_bytes);
}

static void rows(job *j, unsigned char *dst) {
  struct jpeg_decompress_struct *c = &j->cinfo;
  const gotl_jpeg_request *q = j->want;
  if (q->x + q->ww > (int)c->output_width || q->y + q->wh > (int)c->output_height) {
    snprintf(j->text, GOTL_JPEG_TEXT, "window beyond %ux%u pixels", c->output_width, c->output_height);
    longjmp(j->out, 1);
  }
  int at = narrow(j), cmyk = c->out_color_space == JCS_CMYK;
  int direct = !cmyk && q->ww == (int)c->output_width;
  line(j);
  pass(j, q->y);
  for (int y = 0; y < q->wh;) {
    unsigned char *to = dst + (size_t)y * q->ww * 3;
    JSAMPROW row = direct ? to : j->row;
    if (jpeg_read_scanlines(c, &row, 1) != 1) continue;
    if (cmyk) cmyk_row(to, row + 4 * (size_t)at, q->ww);
    else if (!direct) memcpy(to, row + 3 * (size_t)at, 3 * (size_t)q->ww);
    y++;
  }
  // The last scanline is read, not skipped: damage below the window shows too.
  int rest = (int)(c->output_height - c->output_scanline);
  if (rest > 0) {
    pass(j, rest - 1);
    while (c->output_scanline < c->output_height) jpeg_read_scanlines(c, &j->row, 1);
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
                     const gotl_jpeg_request *want, char *text) {
  job *j = calloc(1, sizeof(job));
  if (!j) {
    snprintf(text, GOTL_JPEG_TEXT, "out of memory");
    return 1;
  }
  atomic_fetch_add(&live, (long long)sizeof(job));
  j->text = text;
  j->want = want;
  int bad = setjmp(j->out);
  if (!bad) {
    begin(j, data, n);
    start(j);
    rows(j, dst);
  }
  end(j);
  return bad;
}
