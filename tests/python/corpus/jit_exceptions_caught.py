# Exceptions caught in loops hot enough to be compiled.
def keyerr(n):
    d={1:2};k=0
    for i in range(n):
        try: k+=d[i%3]
        except KeyError: k+=7
    return k
def idx(n):
    l=[1,2,3];k=0
    for i in range(n):
        try: k+=l[i%4]
        except IndexError as e: k-=1
        finally: k+=1
    return k
class MyE(Exception):
    def __init__(self,v): self.v=v
def raiser(i):
    if i%3==0: raise MyE(i)
    if i%3==1: raise ValueError("bad")
    return i
def own(n):
    k=0
    for i in range(n):
        try: k+=raiser(i)
        except MyE as e: k+=e.v
        except (ValueError,TypeError): k+=2
        else: k+=1
    return k
def conv(n):
    k=0
    src=["12","x","7","9.5"]
    for i in range(n):
        try: k+=int(src[i%4])
        except ValueError: k+=1
    return k
class CM:
    def __init__(self): self.n=0
    def __enter__(self): self.n+=1; return self
    def __exit__(self,*a): self.n-=1; return False
def withs(n):
    c=CM();k=0
    for i in range(n):
        with c as x: k+=x.n
    return k
def asserts(n):
    k=0
    for i in range(n):
        assert i>=0, "neg"
        k+=1
    return k
def zdiv(n):
    k=0
    for i in range(n):
        try: k+=10//(i%5)
        except ZeroDivisionError: k-=1
    return k
def nxt(n):
    k=0;it=iter(range(5))
    for i in range(n):
        try: k+=next(it)
        except StopIteration: it=iter(range(5)); k+=100
    return k

for f in (keyerr,idx,own,conv,withs,asserts,zdiv,nxt):
    print(f.__name__, f(2500))
