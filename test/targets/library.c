// A library with two versions of a function, one that is chosen when it is linked, and one that is not exported.
__attribute__((noinline)) int library_old(int a)
{
	return a + 1;
}

__attribute__((noinline)) int library_new(int a)
{
	return a + 2;
}

__asm__(".symver library_old, versioned@V1");
__asm__(".symver library_new, versioned@@V2");

int library_plain(int a)
{
	return a + 3;
}

static int (*choose(void))(int)
{
	return library_new;
}

int indirect(int) __attribute__((ifunc("choose")));

__attribute__((noinline, used)) static int library_hidden(int a)
{
	return a + 4;
}
