# Natives in loops hot enough to be compiled.
import math, random
def mins(n):
    a=0
    for i in range(n):
        a+=min(i,100)+max(i%7,3,a%5)+abs(50-i)
    return a
def flts(n):
    a=0.0
    for i in range(n):
        x=i*0.01
        a+=math.sin(x)*math.cos(x)+math.sqrt(x)+math.floor(x)+math.exp(-x)+abs(-x)+max(x,1.5)+math.atan2(x,1.0)+math.hypot(x,2.0)
    return a
class A: pass
class B(A): pass
def isin(n):
    k=0
    o=[A(),B(),1,"s",2.0]
    for i in range(n):
        x=o[i%5]
        if isinstance(x,A): k+=1
        elif isinstance(x,(int,float)): k+=2
        elif type(x) is str: k+=3
    return k
def conv(n):
    k=0
    for i in range(n):
        k+=int(str(i))+ord(chr(65+i%26))+int(i*1.5)+round(i*0.3)+len(str(float(i)))+bool(i)
        q,r=divmod(i,7)
        k+=q-r+hash(i)
    return k
def lists(n):
    k=0;l=[]
    for i in range(n):
        l.append(i)
        if len(l)>10: k+=l.pop()+l.pop(0)
        l.insert(0,i)
        if i in l: k+=l.index(i)
        if len(l)>20: del l[3:]
    l.sort(reverse=True)
    l.extend([1,2,3])
    return k+sum(l)
def sets(n):
    s=set();k=0
    for i in range(n):
        s.add(i%100)
        if i//2 in s: k+=1
        s.discard(i%50)
    return k+len(s)
def rnd(n):
    random.seed(3)
    k=0.0
    for i in range(n):
        k+=random.random()+random.randint(0,3)
    return k
def bigs(n):
    a=1;k=0
    for i in range(n):
        a=(a*6364136223846793005+1442695040888963407)&0xffffffffffffffff
        k^=a>>33
        if a>9223372036854775808: k+=1
    return k
def ints(n):
    k=0
    for i in range(1,n):
        k+= (i//3)*(i%5) - (i**2)%7 + (i<<3) - (i>>1) ^ (i&255) | 3
        k+= ~i + (-i) + int(i/2)
        if 3<i<100 or not (i%2==0 and i%3): k+=1
        if i is None or k is not None: k-=1
    return k

for f in (mins,flts,isin,conv,lists,sets,rnd,bigs,ints):
    print(f.__name__, f(2500))
