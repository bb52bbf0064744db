// To be preloaded: a disk that cannot sync, or is full, as environment variables say.
#include <cerrno>
#include <cstdlib>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

long long number_in(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? 0 : std::atoll(text);
}

} // namespace

/// Fails with the errno in TINYRES_TEST_SYNC_ERROR, if that is set.
extern "C" int fsync(int descriptor) {
    const auto error = static_cast<int>(number_in("TINYRES_TEST_SYNC_ERROR"));
    if (error == 0) return static_cast<int>(::syscall(SYS_fsync, descriptor));
    errno = error;
    return -1;
}

/// Fails, as a full disk does, beyond the first TINYRES_TEST_FILE_ROOM bytes of a file, if that is set.
extern "C" ssize_t write(int descriptor, const void* data, size_t size) {
    const long long room = number_in("TINYRES_TEST_FILE_ROOM");
    const off_t place = room == 0 ? -1 : ::lseek(descriptor, 0, SEEK_CUR);
    if (place < 0 || static_cast<long long>(size) <= room - place) return ::syscall(SYS_write, descriptor, data, size);
    errno = ENOSPC;
    return -1;
}
