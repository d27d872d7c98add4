# Strings in loops hot enough to be compiled.
def plus(n):
    s=""
    for i in range(n): s+=str(i)+","
    return len(s)
def fstr(n):
    out=[]
    for i in range(n): out.append(f"{i}:{i*2:04d} {i/3:.2f};")
    return len("".join(out))
def pct(n):
    out=[]
    for i in range(n): out.append("%d-%s-%.3f" % (i,"ab",i*0.5))
    return len("".join(out))
def chars(n):
    s="the quick brown fox jumps over the lazy dog"*20
    k=0
    for _ in range(n//400):
        for ch in s:
            if ch=="o" or ch in "aeiu": k+=1
            elif ch.isspace(): k+=2
    return k
def index(n):
    s="the quick brown fox jumps over the lazy dog"*20
    k=0;i=0
    while i<n:
        c=s[i%len(s)]
        if c==" ": k+=1
        elif c>="m": k+=ord(c)
        i+=1
    return k
def splitj(n):
    k=0
    line="a=1, b=22 ,c=333, d= 4444"
    for i in range(n//4):
        for part in line.split(","):
            key,val=part.split("=")
            k+=int(val.strip())
            if key.strip().upper().startswith("A"): k+=1
        k+=len("-".join([key,val]))
    return k
def rev(n):
    s="hello world"
    k=0
    for i in range(n):
        t=s.replace("o","0").lower()
        if t.find("w0")>0: k+=len(t[::-1])
        if t!=s: k+=1
        if t<s: k+=1
    return k

for f in (plus,fstr,pct,chars,index,splitj,rev):
    print(f.__name__, f(2500))
