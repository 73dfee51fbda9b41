#!/bin/sh
# Build pico.bin: MicroPython for a Pico, with a ROM partition (coldframe_pico/).
#
#   sh hal/micropython/build.sh SOURCES WORK
#
# SOURCES holds three archives of Debian's source packages, by these names; their SHA-256 is
# checked below. WORK is a folder for the build, made anew. Needs cmake, make, dpkg-deb and
# gcc-arm-none-eabi 12.2. The same archives and compiler give the same bytes.
#
# Debian's MicroPython comes without mbedtls, so TLS and cryptolib, which a Pico has no use for,
# are left out. From a checkout of MicroPython with its submodules nothing has to be left out:
#   make -C ports/rp2 BOARD_DIR=.../hal/micropython/coldframe_pico
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { sed -n 2,8p "$0" >&2; exit 2; }
sources=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)
rm -rf "$work/src" && mkdir -p "$work/src"

cd "$sources"
sha256sum -c - <<'SUMS'
f5ad2ec89d3e921f753d448955af98b6005655f84ba26087dde6ba0e8d062f34  micropython_1.26.1+ds.orig.tar.xz
179c5531e75ac7f82d0679e70b6e8881f871738dc0ef17baf3b4ff4679291c41  pico-sdk_2.1.1.orig.tar.gz
01ce2c645df68f14a8a7dcfc8fb355713152543757955820479a87949a61154e  tinyusb-source_0.18.0+dfsg-1_all.deb
SUMS
tar -C "$work/src" -xf micropython_1.26.1+ds.orig.tar.xz
tar -C "$work/src" -xf pico-sdk_2.1.1.orig.tar.gz
dpkg-deb -x tinyusb-source_0.18.0+dfsg-1_all.deb "$work/src/deb"

top=$work/src/micropython-1.26.1
rm -rf "$top/lib/pico-sdk" "$top/lib/tinyusb"
ln -s "$work/src/pico-sdk-2.1.1" "$top/lib/pico-sdk"
ln -s "$work/src/deb/usr/src/tinyusb" "$top/lib/tinyusb"
mkdir -p "$top/lib/micropython-lib" && touch "$top/lib/micropython-lib/README.md"
cp -R "$here/coldframe_pico" "$top/ports/rp2/boards/COLDFRAME_PICO"
cd "$top/ports/rp2"
sed -i -e 's/^set(MICROPY_SSL_MBEDTLS ON)/set(MICROPY_SSL_MBEDTLS OFF)/' \
    -e '/^list(APPEND GIT_SUBMODULES lib\//d' -e '/^    mbedtls\/mbedtls_port.c/d' \
    -e '/^target_link_libraries(.* micropy_lib_mbedtls)/d' CMakeLists.txt
sed -i -E 's/^#define (MICROPY_SSL_MBEDTLS|MICROPY_PY_CRYPTOLIB|MICROPY_PY_HASHLIB_SHA1|MICROPY_PY_SSL) .*/#define \1 (0)/' \
    mpconfigport.h
# What stops the machine longest, a collection and the loading of a module, for speed: a quarter.
for name in gc qstr persistentcode runtime obj objfun objtype bc; do
    sed -i "s#^    \${MICROPY_PY_DIR}/vm.c#&\n    \${MICROPY_PY_DIR}/$name.c#" CMakeLists.txt
done

export SOURCE_DATE_EPOCH=1761523200 # 2025-10-27, of the sources
export CFLAGS="-ffile-prefix-map=$work/src=. -fmacro-prefix-map=$work/src=."
make -C "$top/mpy-cross" CFLAGS_EXTRA= >"$work/mpy-cross.log" 2>&1
cmake -S . -B "$work/out" -DPICO_BUILD_DOCS=0 -DPICO_NO_PICOTOOL=1 -DMICROPY_BOARD=COLDFRAME_PICO \
    -DMICROPY_BOARD_DIR="$PWD/boards/COLDFRAME_PICO" >"$work/cmake.log" 2>&1
make -C "$work/out" -j"$(nproc)" >"$work/make.log" 2>&1
cp "$work/out/firmware.bin" "$here/pico.bin"
sha256sum "$here/pico.bin"
