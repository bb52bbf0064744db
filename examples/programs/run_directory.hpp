#pragma once

#include <cstddef>
#include <filesystem>
#include <tinyres/io/file_descriptor.hpp>

namespace example {

/// The directory that a run writes to. While this object exists, no other program of this kind uses it.
class RunDirectory {
public:
    /// Throws Error unless `path` holds a checkpoint.
    static void require_checkpoint(const std::filesystem::path& path);

    /// Makes the directory if there is none. Throws Error, naming it, when that fails, when nothing can be written
    /// there or when another program is at it.
    explicit RunDirectory(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path history() const { return path_ / "history.csv"; }
    std::filesystem::path checkpoint() const { return path_ / "checkpoint.safetensors"; }
    std::filesystem::path model() const { return path_ / "model.safetensors"; }
    /// The weights of the best epoch, where a program keeps them.
    std::filesystem::path best() const { return path_ / "best.safetensors"; }
    std::filesystem::path report() const { return path_ / "report.html"; }

    /// Throws Error when it holds files of a run.
    void require_no_run() const;
    /// Throws Error when its disk has no room for `files` files of `file_bytes`, or files may not be as large.
    void require_space(std::size_t file_bytes, int files) const;

private:
    void check_writable() const;
    void remove_leftovers() const;

    std::filesystem::path path_;
    tinyres::FileDescriptor lock_;
};

} // namespace example
