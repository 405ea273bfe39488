// One call decodes one JPEG picture with libjpeg-turbo. No state is kept.
#ifndef GOTL_JPEG_SHIM_H
#define GOTL_JPEG_SHIM_H
#include <stddef.h>

#define GOTL_JPEG_TEXT 256

// gotl_jpeg_request says what is wanted of a picture of w by h pixels: ww by wh
// pixels from (x, y) of the picture reduced to 1/denom (1, 2, 4, 8; sides round
// up).
typedef struct {
  int w, h, denom;
  int x, y, ww, wh;
  int max_scans;
} gotl_jpeg_request;

// gotl_jpeg_decode writes ww*wh*3 bytes of RGB to dst. It returns 0, or 1 and a
// message in text if the picture is damaged anywhere, is not w by h, or has more
// than max_scans scans. A window has the bytes that the whole picture has there.
int gotl_jpeg_decode(const unsigned char *data, size_t n, unsigned char *dst,
                     const gotl_jpeg_request *want, char *text);

// gotl_jpeg_version is "libjpeg-turbo X.Y.Z", of the headers it was built with.
const char *gotl_jpeg_version(void);

// gotl_jpeg_live counts decompressors and row buffers (in bytes) that live now.
long long gotl_jpeg_live(void);
#endif
