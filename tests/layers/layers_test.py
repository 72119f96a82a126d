#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No source file reaches into a room that it must not know; and what would, is found: each wrong line is planted into a
copy of the sources. usage: layers_test.py SOURCE_FOLDER"""
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

import layers

SOURCES = pathlib.Path(sys.argv.pop(1)).resolve()


class Layers(unittest.TestCase):
    def test_the_sources_keep_to_their_rooms(self):
        self.assertEqual(layers.problems(SOURCES), [])

    def test_every_source_file_is_looked_at(self):
        looked_at = set(layers.sources(SOURCES))
        for room in layers.ROOMS:
            for path in (SOURCES / room).rglob("*.h"):
                self.assertIn(str(path.relative_to(SOURCES)), looked_at)
        self.assertGreater(len(looked_at), 200)

    def test_definitions_are_found(self):
        namespaces, names = layers.definitions("""
            #define NOT_THIS { struct Neither {};
            namespace a::b {
            // class Comment {
            constexpr char kText[] = "struct Text {", kOther = '{';
            inline constexpr unsigned kOne = 1, kTwo = f(2), kThree{3};
            class Declared;
            struct Plain { using Inner = int; enum : int { kInner }; struct Nested {}; };
            class Derived final : public Base<Plain> { static constexpr int kMember = 1; };
            enum class Scoped : uint8_t { kNotSeen };
            enum : int { kFirst = 1, kSecond };
            template <typename T> struct Template { T t; };
            using Alias = std::vector<int>;
            Plain function(const int kNoArgument) { constexpr int kLocal = 1; return {}; }
            extern const Plain kExtern;
            namespace { struct Hidden {}; constexpr int kHidden = 1; }
            }
        """)
        self.assertEqual(namespaces, ["a::b"])
        self.assertEqual(names, {"kText", "kOther", "kOne", "kTwo", "kThree", "Plain", "Derived", "Scoped", "kFirst", "kSecond",
                                 "Template", "Alias"})


class Planted(unittest.TestCase):
    """Lines that must not be: each is the one thing that is wrong with the copy."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        for room in layers.ROOMS:
            if (SOURCES / room).is_dir():
                shutil.copytree(SOURCES / room, cls.root / room)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def found_with(self, path, line, behind=None):
        """What is wrong if the line stands at the file's end, or behind what `behind` matches."""
        file = self.root / path
        text = file.read_text() if file.exists() else None
        try:
            if text is None:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(line)
            elif behind:
                at = re.search(behind, text).end()
                file.write_text(text[:at] + line + text[at:])
            else:
                file.write_text(text + line)
            return layers.problems(self.root)
        finally:
            file.write_text(text) if text is not None else file.unlink()

    def test_includes(self):
        for path, header in (
                ("analyzer/questions/summary.cc", "bpf/shared.h"),
                ("analyzer/questions/summary.h", "recorder/cli/options.h"),
                ("analyzer/questions/summary.cc", "schema/value_words.h"),
                ("recorder/drain/drain.cc", "analyzer/questions/summary.h"),
                ("recorder/edge/edge.h", "analyzer/questions/summary.h"),
                ("trace/read/block.cc", "trace/write/open_block.h"),
                ("trace/read/block.h", "analyzer/questions/summary.h"),
                ("trace/write/open_block.h", "trace/read/block.h"),
                ("trace/write/open_block.h", "bpf/shared.h"),
                ("trace/format/frame.h", "trace/read/block.h"),
                ("trace/format/frame.h", "recorder/drain/drain.h"),
                ("schema/catalogue.cc", "trace/format/frame.h"),
                ("schema/catalogue.h", "bpf/records.h"),
                ("bpf/ring.h", "recorder/drain/drain.h"),
                ("bpf/ring.h", "schema/catalogue.h"),
        ):
            with self.subTest(path=path, header=header):
                found = self.found_with(path, f'#include "{header}"\n')
                self.assertEqual([line.split(" must not")[0] for line in found], [f"{path}: {layers.room_of(path)}"])
                self.assertIn(header, found[0])

    def test_includes_that_are_written_otherwise(self):
        for line in ("#include <bpf/shared.h>\n", '  #  include "bpf/shared.h"\n'):
            self.assertEqual(self.found_with("analyzer/questions/summary.cc", line), ["analyzer/questions/summary.cc: analyzer must not include bpf/shared.h"])
        self.assertEqual(self.found_with("schema/events.capnp", 'using import "/trace/format/trace.capnp".Block;\n'),
                         ["schema/events.capnp: schema must not include trace/format/trace.capnp"])

    def test_the_predicate_knows_traces_and_nobody_behind_it(self):
        text = "namespace ebpftrace::predicate {}\n"
        self.assertEqual(self.found_with("predicate/parser.cc", '#include "trace/read/block.h"\n' + text), [])
        self.assertEqual(self.found_with("predicate/parser.cc", '#include "analyzer/questions/summary.h"\n' + text),
                         ["predicate/parser.cc: predicate must not include analyzer/questions/summary.h"])

    def test_namespaces(self):
        self.assertEqual(self.found_with("analyzer/questions/summary.cc", "namespace ebpftrace::recorder {}\n"),
                         ["analyzer/questions/summary.cc: opens namespace ebpftrace::recorder, its room's is ebpftrace::analyzer"])
        # Declared ahead: only what it knows, and nothing else in it.
        self.assertEqual(self.found_with("analyzer/questions/summary.h", "namespace ebpftrace::trace {\nclass Trace;\n}\n"), [])
        for wrong in ("namespace ebpftrace::recorder { class Drain; }\n", "namespace ebpftrace::trace { class Trace; int count(); }\n"):
            self.assertEqual(len(self.found_with("analyzer/questions/summary.h", wrong)), 1, wrong)
        self.assertEqual(self.found_with("trace/read/stray.h", "struct Stray {};\n"),
                         ["trace/read/stray.h: is not in namespace ebpftrace::trace"])
        macro = "#pragma once\n#define STRAY(x) \\\n  (x)\n"
        self.assertEqual(self.found_with("trace/read/stray.h", macro), [])
        self.assertEqual(len(self.found_with("trace/read/stray.h", macro + "struct Stray {};\n")), 1)
        self.assertEqual(self.found_with("trace/stray.h", "namespace ebpftrace::trace {}\n"), ["trace/stray.h: lies in no room"])

    def test_names_that_are_defined_twice(self):
        for definition in ("struct Block {};\n", "using Block = int;\n", "enum class Block { kOne };\n"):
            found = self.found_with("analyzer/questions/summary.h", definition, behind=r"namespace ebpftrace::analyzer {\n")
            self.assertEqual(found, ["Block is defined in two namespaces: analyzer/questions/summary.h, trace/read/block.h"])
        found = self.found_with("recorder/drain/drain.h", "constexpr int kOne = 1, kX32Bit = 2;\n", behind=r"namespace ebpftrace::recorder {\n")
        self.assertEqual(found, ["kX32Bit is defined in two namespaces: recorder/drain/drain.h, trace/read/x32_calls.h"])

    def test_the_copy_itself_is_sound(self):
        self.assertEqual(layers.problems(self.root), [])


if __name__ == "__main__":
    unittest.main()
