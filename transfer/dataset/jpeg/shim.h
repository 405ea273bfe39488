// One call decodes one JPEG picture with libjpeg-turbo. No state is kept.
#ifndef GOTL_JPEG_SHIM_H
#define GOTL_JPEG_SHIM_H
#include <stddef.h>

#define GOTL_JPEG_TEXT 256

// gotl_jpeg_decode writes w*h*3 bytes of RGB to dst. It returns 0, or 1 and a
// message in text if the picture is damaged, is not w by h, or has more than
// max_scans scans.
int gotl_jpeg_decode(const unsigned char *data, size_t n, unsigned char *dst,
                     int w, int h, int max_scans, char *text);

// gotl_jpeg_version is "libjpeg-turbo X.Y.Z", of the headers it was built with.
const char *gotl_jpeg_version(void);

// gotl_jpeg_live counts decompressors and row buffers (in bytes) that live now.
long long gotl_jpeg_live(void);
#endif
