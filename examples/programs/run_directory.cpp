#include "run_directory.hpp"

#include "text.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <tinyres/io/atomic_file.hpp>

namespace example {

using tinyres::Error;
namespace fs = std::filesystem;

void RunDirectory::require_checkpoint(const fs::path& path) {
    std::error_code unknown;
    if (!fs::exists(path / "checkpoint.safetensors", unknown))
        throw Error("--resume: there is no " + (path / "checkpoint.safetensors").string() +
                    "; name the directory of a run with --out, or begin one without --resume");
}

RunDirectory::RunDirectory(const fs::path& path) : path_(path) {
    std::error_code failure;
    fs::create_directories(path_, failure);
    if (failure)
        throw Error("--out: cannot make the directory " + path_.string() + ": " + failure.message() +
                    "; choose another place");
    lock_ = tinyres::FileDescriptor{::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (lock_.get() >= 0 && ::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw Error("--out: another training is writing to " + path_.string() + "; choose another directory");
    check_writable();
    remove_leftovers();
}

/// All that a training will do here, so that a fault shows before the first epoch and not after it.
void RunDirectory::check_writable() const {
    tinyres::AtomicFile{checkpoint()}.write("May the checkpoint be replaced?");
    const fs::path probe = path_ / ".write-test";
    tinyres::write_text_file_atomically(probe, "Can a file be written, synced and renamed here?");
    fs::remove(probe);
}

void RunDirectory::require_no_run() const {
    for (const fs::path& file : {checkpoint(), history(), model()})
        if (fs::exists(file))
            throw Error("--out: " + path_.string() + " already holds a run (" + file.filename().string() + "); " +
                        (fs::exists(checkpoint()) ? "continue it with --resume" : "remove the file") +
                        ", or choose another directory");
}

void RunDirectory::require_space(std::size_t file_bytes, int files) const {
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < file_bytes)
        throw Error(
            printed("--out: the run needs files of %.1f MB, the limit on the size of files is %.1f MB; raise it "
                    "(ulimit -f)",
                    static_cast<double>(file_bytes) / 1e6, static_cast<double>(limit.rlim_cur) / 1e6));
    const std::size_t bytes = static_cast<std::size_t>(files) * file_bytes;
    std::error_code unknown;
    const fs::space_info space = fs::space(path_, unknown);
    if (!unknown && space.available < bytes)
        throw Error(printed("--out: the disk of %s has %.1f MB left, the run needs %.1f MB; free some space or choose "
                            "another directory",
                            path_.c_str(), static_cast<double>(space.available) / 1e6,
                            static_cast<double>(bytes) / 1e6));
}

/// Removes the unfinished files of runs that were killed while they wrote; the lock says that none is writing now.
void RunDirectory::remove_leftovers() const {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(path_, ignored)) {
        const std::string name = entry.path().filename().string();
        for (const fs::path& file : {checkpoint(), history(), model(), best(), report()})
            if (name.starts_with('.' + file.filename().string() + '.') && name.ends_with(".tmp"))
                fs::remove(entry.path(), ignored);
    }
    for (const fs::directory_entry& entry :
         fs::directory_iterator(path_ / "plots", ignored)) // all of it is written by us
        if (const std::string name = entry.path().filename().string(); name.starts_with('.') && name.ends_with(".tmp"))
            fs::remove(entry.path(), ignored);
}

} // namespace example
