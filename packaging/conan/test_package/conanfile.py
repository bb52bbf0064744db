"""Builds and runs tests/consume of this checkout with the package."""
import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout


class TinyresTestPackage(ConanFile):
    settings = "os", "compiler", "build_type", "arch"
    generators = "CMakeDeps"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self, build_folder=os.path.join("..", "..", "..", "build", "conan_test_package"))

    def generate(self):
        toolchain = CMakeToolchain(self)
        options = self.dependencies["tinyres"].options
        components = [name for name in ("io", "eigen") if options.get_safe(name)]
        toolchain.cache_variables["CONSUMER_COMPONENTS"] = " ".join(["tinyres", "native", *components])
        toolchain.cache_variables["CONSUMER_PROGRAM"] = "predict"
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure(build_script_folder=os.path.join("..", "..", "..", "tests", "consume"))
        cmake.build()

    def test(self):
        if can_run(self):
            self.run(os.path.join(self.cpp.build.bindir, "consumer"), env="conanrun")
