// That the headers compile, each alone and twice, is the test; this only makes a program of them.
int main() {}
