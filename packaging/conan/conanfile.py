"""Conan 2 recipe of the tinyres in this checkout:  conan create packaging/conan --build=missing"""
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, CMakeDeps, cmake_layout
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class TinyresRecipe(ConanFile):
    name = "tinyres"
    description = "Convolutional networks as C++20 types"
    license = "BSD-3-Clause"
    topics = ("neural-network", "deep-learning", "simd", "header-only")
    package_type = "header-library"
    settings = "os", "compiler", "build_type", "arch"
    options = {"io": [True, False], "eigen": [True, False]}
    default_options = {"io": True, "eigen": False}
    no_copy_source = True

    @property
    def _checkout(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._checkout, "include", "tinyres", "version.hpp"))
        self.version = ".".join(re.findall(r"#define TINYRES_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*"):
            copy(self, pattern, src=self._checkout, dst=self.export_sources_folder)

    def layout(self):
        cmake_layout(self, src_folder=".")

    def requirements(self):
        self.requires("xsimd/[>=8.1]", transitive_headers=True)
        if self.options.io:
            self.requires("nlohmann_json/[>=3.10]", transitive_headers=True)
            self.requires("stb/cci.20230920", transitive_headers=True)
        if self.options.eigen:
            self.requires("eigen/[>=3.4.0]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["TINYRES_IO"] = bool(self.options.io)
        toolchain.cache_variables["TINYRES_EIGEN"] = bool(self.options.eigen)
        for part in ("TESTS", "EXAMPLES", "BENCH"):
            toolchain.cache_variables[f"TINYRES_BUILD_{part}"] = False
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))

    def package_id(self):
        # The headers are the same for every compiler; which of them are of use is an option.
        self.info.settings.clear()

    def package_info(self):
        # CMake uses tinyres' own package, with its targets tinyres::tinyres, tinyres::native, tinyres::io and tinyres::eigen.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "tinyres")]
        # For what does not use CMake:
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.cxxflags = ["-fopenmp"]
        self.cpp_info.exelinkflags = ["-fopenmp"]
        self.cpp_info.sharedlinkflags = ["-fopenmp"]
        if self.settings.get_safe("os") == "Linux":
            self.cpp_info.system_libs = ["pthread"]
