#include "files.hpp"

#include "tinyres/io/atomic_file.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <doctest/doctest.h>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace {

// What fsync gives, an errno, instead of working; 0: it works.
int file_sync_error = 0;
int directory_sync_error = 0;

} // namespace

/// Takes the place of the system's fsync in this program.
extern "C" int fsync(int descriptor) {
    struct stat status {};
    const bool is_directory = ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
    const int error = is_directory ? directory_sync_error : file_sync_error;
    if (error == 0) return static_cast<int>(::syscall(SYS_fsync, descriptor));
    errno = error;
    return -1;
}

using namespace tinyres_test;
namespace fs = std::filesystem;
using Names = std::set<std::string>;

TEST_CASE("A written file holds the text and nothing else is left in the directory") {
    const TemporaryDirectory directory;
    tinyres::write_text_file_atomically(directory / "a.txt", "first");
    CHECK(content_of(directory / "a.txt") == "first");
    tinyres::write_text_file_atomically(directory / "a.txt", "2nd");
    CHECK(content_of(directory / "a.txt") == "2nd");
    tinyres::write_text_file_atomically(directory / "a.txt", "");
    CHECK(content_of(directory / "a.txt").empty());
    CHECK(directory.entries() == Names{"a.txt"});
}

TEST_CASE("Readers see the old content until the commit") {
    const TemporaryDirectory directory;
    put(directory / "a", "old");
    tinyres::AtomicFile file{directory / "a"};
    file.write("new, ");
    const std::vector<std::byte> zeros(3'000'000);
    file.write(zeros);
    CHECK(content_of(directory / "a") == "old");
    file.commit();
    CHECK(content_of(directory / "a") == "new, " + std::string(zeros.size(), '\0'));
    CHECK(directory.entries() == Names{"a"});
}

TEST_CASE("An abandoned write removes its temporary file and keeps the old file") {
    const TemporaryDirectory directory;
    put(directory / "a", "old");
    {
        tinyres::AtomicFile file{directory / "a"};
        file.write("new");
        CHECK(directory.entries().size() == 2);
    }
    CHECK(content_of(directory / "a") == "old");
    CHECK(directory.entries() == Names{"a"});
}

TEST_CASE("Two writers of one file do not mix") {
    const TemporaryDirectory directory;
    tinyres::AtomicFile one{directory / "a"};
    tinyres::AtomicFile two{directory / "a"};
    one.write("1");
    two.write("2");
    one.write("1");
    two.commit();
    CHECK(content_of(directory / "a") == "2");
    one.commit();
    CHECK(content_of(directory / "a") == "11");
    CHECK(directory.entries() == Names{"a"});
}

TEST_CASE("A relative path is meant from the directory where the write began") {
    const TemporaryDirectory directory;
    const std::string result = in_child([&] {
        fs::current_path(directory.path());
        tinyres::AtomicFile file{"a"};
        fs::current_path("/");
        file.write("here");
        file.commit();
        return content_of(directory / "a");
    });
    CHECK(result == "here");
}

TEST_CASE("The permission bits of a replaced file stay and a new file follows the umask") {
    const TemporaryDirectory directory;
    put(directory / "old", "old");
    fs::permissions(directory / "old", fs::perms{0660});
    const std::string result = in_child([&] {
        ::umask(0027);
        tinyres::write_text_file_atomically(directory / "old", "x");
        tinyres::write_text_file_atomically(directory / "new", "x");
        return std::string{"done"};
    });
    CHECK(result == "done");
    CHECK(fs::status(directory / "old").permissions() == fs::perms{0660});
    CHECK(fs::status(directory / "new").permissions() == fs::perms{0640});
}

TEST_CASE("A symbolic link stays and the file that it leads to is replaced") {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "real");
    put(directory / "real/a", "old");
    fs::create_symlink("real/a", directory / "link");
    tinyres::write_text_file_atomically(directory / "link", "new");
    CHECK(fs::is_symlink(directory / "link"));
    CHECK(content_of(directory / "real/a") == "new");

    fs::create_symlink("nowhere", directory / "dangling");
    check_error(error_of([&] { tinyres::write_text_file_atomically(directory / "dangling", "x"); }),
                directory / "dangling", "a symbolic link whose target does not exist");
}

TEST_CASE("A name of 255 bytes can be written") {
    const TemporaryDirectory directory;
    const std::string name(255, 'n');
    tinyres::write_text_file_atomically(directory / name, "x");
    CHECK(content_of(directory / name) == "x");
    check_error(error_of([&] { tinyres::write_text_file_atomically(directory / (name + "n"), "x"); }),
                directory / (name + "n"), "choose a shorter name");
}

TEST_CASE("Places where no file can be written give an error that names them") {
    const TemporaryDirectory directory;
    put(directory / "file", "old");
    fs::create_directory(directory / "folder");
    const auto error = [](const fs::path& path) {
        return error_of([&] { tinyres::write_text_file_atomically(path, "x"); });
    };
    check_error(error(directory / "missing/a"), directory / "missing/a", "make the directory first");
    check_error(error(directory / "file/a"), directory / "file/a", "Not a directory");
    check_error(error(directory / "folder"), directory / "folder", "Is a directory");
    check_error(error(directory / "folder/"), directory / "folder", "names no file");
    check_error(error(""), "", "names no file");
    check_error(error("/dev/full"), "/dev/full", "not a regular file");
    check_error(error(directory / "missing\n/a"), directory / "missing?/a", "make the directory first");
    CHECK(directory.entries() == Names{"file", "folder"});
    CHECK(content_of(directory / "file") == "old");
}

TEST_CASE("A disk that fills up in the middle of a write leaves the old file and no other") {
    const TemporaryDirectory directory;
    put(directory / "a", "old");
    const std::string result = in_child([&]() -> std::string {
        std::signal(SIGXFSZ, SIG_IGN);
        const ::rlimit limit{100'000, 100'000};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return "cannot set the limit";
        const std::vector<std::byte> piece(60'000);
        tinyres::AtomicFile file{directory / "a"};
        file.write(piece);
        if (directory.entries().size() != 2) return "the first piece is not in a temporary file";
        std::string error = error_of([&] { file.write(piece); });
        if (directory.entries().size() != 1) return "the temporary file is still there";
        if (error_of([&] { file.write(piece); }) == "no error") return "a failed file can be written on";
        if (error_of([&] { file.commit(); }) == "no error") return "a failed file can be committed";
        return error;
    });
    check_error(result, directory / "a", "File too large");
    CHECK(content_of(directory / "a") == "old");
    CHECK(directory.entries() == Names{"a"});
}

TEST_CASE("A rename that fails removes the temporary file") {
    const TemporaryDirectory directory;
    tinyres::AtomicFile file{directory / "a"};
    file.write("new");
    fs::create_directories(directory / "a/b");
    check_error(error_of([&] { file.commit(); }), directory / "a", "Is a directory");
    CHECK(directory.entries() == Names{"a"});
}

TEST_CASE("Missing permission to write gives an error and keeps the old file") {
    const TemporaryDirectory directory;
    fs::permissions(directory.path(), fs::perms{0777});
    fs::create_directory(directory / "locked");
    put(directory / "locked/a", "old");
    put(directory / "protected", "old");
    fs::permissions(directory / "protected", fs::perms{0444});
    fs::permissions(directory / "locked/a", fs::perms{0666});
    fs::permissions(directory / "locked", fs::perms{0555});

    const auto as_nobody = [&](const fs::path& path) {
        return in_child([&]() -> std::string {
            return drop_privileges() ? error_of([&] { tinyres::write_text_file_atomically(path, "x"); }) : "still root";
        });
    };
    if (const std::string control = as_nobody(directory / "control"); control != "no error") {
        MESSAGE("skipped, because no unprivileged process can write here: " << control);
        return;
    }
    check_error(as_nobody(directory / "locked/a"), directory / "locked/a", "permission to write there");
    check_error(as_nobody(directory / "locked/new"), directory / "locked/new", "permission to write there");
    check_error(as_nobody(directory / "protected"), directory / "protected", "permission to write there");
    CHECK(content_of(directory / "locked/a") == "old");
    CHECK(content_of(directory / "protected") == "old");
    CHECK(directory.entries() == Names{"control", "locked", "protected"});
    fs::permissions(directory / "locked", fs::perms{0755});
}

TEST_CASE("File systems that cannot sync files or directories are written to all the same") {
    const TemporaryDirectory directory;
    for (const int error : {EINVAL, ENOSYS, EOPNOTSUPP, ENOTSUP})
        for (int* const place : {&file_sync_error, &directory_sync_error}) {
            CAPTURE(error);
            *place = error;
            const std::string text = "text " + std::to_string(error) + (place == &file_sync_error ? "f" : "d");
            CHECK(error_of([&] { tinyres::write_text_file_atomically(directory / "a", text); }) == "no error");
            *place = 0;
            CHECK(content_of(directory / "a") == text);
            CHECK(directory.entries() == Names{"a"});
        }
}

TEST_CASE("A sync that fails is an error: of a file before it takes the place of the old one, of a directory after") {
    const TemporaryDirectory directory;
    put(directory / "a", "old");
    const auto error = [&] { return error_of([&] { tinyres::write_text_file_atomically(directory / "a", "new"); }); };
    file_sync_error = EIO;
    check_error(error(), directory / "a", "Input/output error");
    CHECK(content_of(directory / "a") == "old");
    file_sync_error = 0;
    directory_sync_error = EIO;
    check_error(error(), directory / "a", "the new file is in place, but the last sync failed (Input/output error)");
    directory_sync_error = 0;
    CHECK(content_of(directory / "a") == "new");
    CHECK(directory.entries() == Names{"a"});
}
