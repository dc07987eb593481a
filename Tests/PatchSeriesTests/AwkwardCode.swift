// SPDX-License-Identifier: GPL-2.0-only

/// C that is awkward to read, for random edits.
enum AwkwardCode {
    /// For a place between functions.
    static let functions = [
        "static int kpatch_neighbour(struct kvm *kvm)\n{\n\tint r;\n\n\tmutex_lock(&kvm->lock);\n\tswitch (kvm->x) {\n\tdefault:\n\t\tr = 1;\n\t}\n\tmutex_unlock(&kvm->lock);\n\treturn r;\n}\n",
        "#if 0\nstatic int kpatch_dead(void)\n{\n\tif (x) {\n#endif\n",
        "/* { */\nstatic const char *kpatch_text = \"}{ /* \\\" \";\n",
        "#define KPATCH_OPEN(x) do { \\\n\tif (x) {\n#define KPATCH_CLOSE } } while (0)\n",
        "#ifdef CONFIG_A\nstatic int kpatch_two_heads(int a)\n#else\nstatic int kpatch_two_heads(long a)\n#endif\n{\n\treturn a == '{' || a == '\\'';\n}\n",
        "static void __printf(1, 2) __cold kpatch_attributes(const char *text, ...)\n{\n\tif (text)\n\t\tdo_it(text);\n\telse if (*text)\n\t\tdo { } while (0);\n}\nEXPORT_SYMBOL_GPL(kpatch_attributes);\n",
        "static int kpatch_old(a, b)\n\tint a;\n\tchar *b;\n{\n\treturn a + *b;\n}\n",
        "SYSCALL_DEFINE2(kpatch_call, int, fd, void __user *, arg)\n{\n\treturn kpatch_old(fd, arg);\n}\n",
        "static struct kpatch_ops {\n\tint (*open)(struct kvm *kvm);\n\tunion {\n\t\tint a;\n\t\tlong b;\n\t};\n} kpatch_ops = {\n\t.open = kpatch_open,\n\t{ .a = 1 },\n};\n",
        "static const struct {\n\tconst char *name;\n} kpatch_names[] = {\n\t[0] = { \"a }\" },\n\t{ \"b\" \\\n\t  \"{\" },\n};\n",
        "static int (*kpatch_pick(int which))(struct kvm *kvm)\n{\n\treturn which ? kpatch_a : kpatch_b;\n}\n",
        "static __always_inline struct { int a; } *kpatch_anonymous(void)\n{\n\treturn ({ typeof(x) y = (x); y; });\n}\n",
        "typedef int (kpatch_fn)(struct kvm *);\nenum { KPATCH_A = '{', KPATCH_B };\n",
    ]

    /// For a place directly above a function, or between its type and its name.
    static let heads = [
        "KPATCH_ATTRIBUTE\n", "KPATCH_ATTRIBUTE(1, \"{\")\n", "__attribute__((section(\"}\")))\n",
        "DEFINE_KPATCH(x);\n", "DECLARE_KPATCH(x)\n\n", "/* It's { */ KPATCH_START\n",
        "BUILD_KPATCH(a, b, 64)\n#undef BUILD_KPATCH\n",
    ]

    /// For a place between statements.
    static let statements = [
        "\tif (kvm->a) {\n\t\tx = '}';\n\t} else if (kvm->b) {\n\t\tmutex_lock(&kvm->lock);\n\t} else {\n\t\tmutex_unlock(&kvm->lock);\n\t}\n",
        "\tdo {\n\t\tif (!sev_guest(kvm))\n\t\t\treturn -ENOTTY;\n\t} while (kvm->a);\n",
        "\tKPATCH_TRACE(kvm)\n",
        "\tlist_for_each_entry(a, b, c)\n\t\tif (a)\n\t\t\tcontinue;\n\t\telse\n\t\t\tbreak;\n",
        "\tpr_debug(\"} %s {\\n\", \"/*\"); // it's a brace: }\n",
        "#ifdef CONFIG_A\n\tif (kvm->a)\n#endif\n\t\tmutex_lock(&kvm->lock);\n",
        "\tmutex_lock(&kvm->lock);\n",
        "\tguard(mutex)(&kvm->lock);\n",
        "\tscoped_guard(mutex, &kvm->lock) {\n\t\tif (!sev_guest(kvm))\n\t\t\treturn -ENOTTY;\n\t}\n",
        "\tx = ({ int y = a; y; });\n",
        "\tasm volatile(\"{ %0 }\" : \"=r\" (x) : : \"memory\");\n",
        "\tfor (;;)\n\t\tif (a)\n\t\t\tif (b)\n\t\t\t\tbreak;\n\t\t\telse\n\t\t\t\tc();\n",
        "kpatch_label:\n\t__maybe_unused int z = sizeof(struct { int a; });\n",
        "\tif (a) \\\n\t\tb();\n",
        "\t{\n\t\tint scoped;\n\n\t\tif (kvm->a) return 0; }\n",
    ]
}
