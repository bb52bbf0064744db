#pragma once

#include <cstdlib>
#include <cxxabi.h>
#include <dlfcn.h>
#include <memory>
#include <string>

namespace cuda_shim {

/// The function at this address; "a kernel" unless the program was linked with -rdynamic.
inline std::string name_of_function(const void* function) {
    Dl_info info{};
    if (dladdr(function, &info) == 0 || info.dli_sname == nullptr) return "a kernel";
    const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, nullptr),
                                                      std::free);
    const std::string whole = name == nullptr ? info.dli_sname : name.get();
    const std::string without_arguments = whole.substr(0, whole.find_first_of("(<"));
    return "kernel " + without_arguments.substr(without_arguments.find_last_of(": ") + 1);
}

} // namespace cuda_shim
