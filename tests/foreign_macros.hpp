#pragma once

// What other people's headers define. The library's headers come after them; what these need comes before, because it
// is not the library's to protect.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <csetjmp>
#include <cstdio>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <latch>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>
#include <omp.h>
#include <optional>
#include <pthread.h>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <stop_token>
#include <string>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <variant>
#include <vector>
#include <xsimd/xsimd.hpp>

#if __has_include(<Eigen/Eigenvalues>)
#include <Eigen/Eigenvalues>
#include <unsupported/Eigen/CXX11/Tensor>
#endif
#ifdef TINYRES_JPEG_TURBO
#include <jerror.h>
#include <jpeglib.h>
#endif

// Qt
#define slots
#define signals public
#define emit
// Windows
#define near
#define far
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
// X11
#define Bool int
#define None 0L
#define Status int
// complex.h
#define I _Complex_I
